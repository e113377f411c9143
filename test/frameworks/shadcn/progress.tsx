/** Stands in for the component `progress` of shadcn/ui, a progress bar of Radix. */
import type { ComponentProps } from "react";

interface ProgressProps extends ComponentProps<"div"> {
  value?: number | null;
}

export function Progress({ value, ...props }: ProgressProps) {
  return (
    <div
      role="progressbar"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value ?? undefined}
      {...props}
    />
  );
}
