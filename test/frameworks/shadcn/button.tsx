/** Stands in for the component `button` of shadcn/ui: its properties, and what it renders. */
import { type ComponentProps, cloneElement, isValidElement, type ReactElement } from "react";

interface ButtonProps extends ComponentProps<"button"> {
  variant?: "default" | "destructive" | "outline" | "secondary" | "ghost" | "link";
  size?: "default" | "sm" | "lg" | "icon";
  /** Gives its properties to its only child. */
  asChild?: boolean;
}

export function Button({ variant = "default", size = "default", asChild = false, ...props }: ButtonProps) {
  const className = `${variant} ${size}`;
  if (asChild && isValidElement(props.children)) {
    return cloneElement(props.children as ReactElement<{ className?: string }>, { className });
  }
  return <button type="button" className={className} {...props} />;
}
