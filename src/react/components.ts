"use client";

/** @module React components around the elements: their HTML on the server, the elements themselves in the browser. */

import {
  createElement,
  type ReactElement,
  useEffect,
  useInsertionEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import {
  type AnyOptions,
  attributesOf,
  type ButtonOptions,
  type ElementEvents,
  type ElementName,
  type ExportOptions,
  listen,
  loadElements,
  type ProgressOptions,
  setProperties,
  type TrayOptions,
} from "../frameworks/elements.ts";
import { firstHtml } from "../frameworks/first-html.ts";
import { useCarryoutClient } from "./provider.ts";

interface Styling {
  className?: string | undefined;
  id?: string | undefined;
}

export interface DownloadButtonProps extends ButtonOptions, ElementEvents, Styling {}
export interface DownloadProgressProps extends ProgressOptions, ElementEvents, Styling {}
export interface DownloadTrayProps extends TrayOptions, ElementEvents, Styling {}
export interface ExportFormProps extends ExportOptions, ElementEvents, Styling {}

/** Asks for a file, shows its progress and hands it over: `<carryout-button>`, from the server's HTML on. */
export function DownloadButton(props: DownloadButtonProps): ReactElement {
  return useElement("carryout-button", props);
}

/** One download in a line of text: `<carryout-progress>`. */
export function DownloadProgress(props: DownloadProgressProps): ReactElement {
  return useElement("carryout-progress", props);
}

/** All downloads of the user: `<carryout-tray>`. */
export function DownloadTray(props: DownloadTrayProps): ReactElement {
  return useElement("carryout-tray", props);
}

/** The form of an export, and its file's progress in its place: `<carryout-export>`. */
export function ExportForm(props: ExportFormProps): ReactElement {
  return useElement("carryout-export", props);
}

function useElement(name: ElementName, props: AnyOptions & ElementEvents & Styling): ReactElement {
  const client = useCarryoutClient();
  const element = useRef<HTMLElement>(null);
  const events = useRef<ElementEvents>(props);
  useInsertionEffect(() => {
    events.current = props;
  });
  useLayoutEffect(() => {
    if (element.current) setProperties(element.current, props);
  });
  useEffect(() => {
    void loadElements();
    return element.current ? listen(element.current, () => events.current) : undefined;
  }, []);
  // Never replaced: the element does not show it any more once it is defined.
  const [html] = useState(() => firstHtml(client, name, props));
  return createElement(name, {
    ...attributesOf(client, props),
    ref: element,
    id: props.id,
    class: props.className,
    // A bundle for browsers has no HTML of its own: what the server rendered stays.
    suppressHydrationWarning: true,
    dangerouslySetInnerHTML: { __html: html },
  });
}
