import { ActionIcon } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { api, ask, type Schemas } from "../api/client";
import { asProblem } from "../api/problem";
import { counted } from "../lib/format";
import { accept, type Mistake, mistakeOf, pointAt, split } from "../lib/query";
import { Icon } from "./icons";
import { Text } from "./Text";
import styles from "./QueryBar.module.css";

/** What a question is about beside its query. */
type Scope = Pick<Schemas["SearchBody"], "tenants" | "artifacts" | "hosts" | "labels" | "hunts" | "collections" | "from" | "to">;

type Props = {
  /** The query that is asked. */
  value: string;
  /** Called with a query to ask, when Enter is pressed. */
  set: (query: string) => void;
  /** Fields and values are suggested from there. */
  scope: Scope;
  /** What is wrong with the query that was asked: mistakeIn the error of its question. It is marked at its place. */
  mistake?: Mistake | undefined;
  placeholder?: string;
};

/** The mistake in a query that an error is about; undefined where it is about something else. */
export const mistakeIn = (error: unknown) => (error ? mistakeOf(asProblem(error).message) : undefined);

/** A field for a query, which suggests how to go on. Tab takes a suggestion, Enter asks, Esc closes and then leaves. */
export function QueryBar({ value, set, scope, mistake: askedWrong, placeholder = "Query, such as Name: *.exe and not Username: *SYSTEM" }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const [cursor, setCursor] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [scrolled, setScrolled] = useState(0);
  // Tab was pressed before the suggestions for what is typed had come: it takes the first of them.
  const [hurried, setHurried] = useState(false);
  const [moveTo, setMoveTo] = useState<number | undefined>();
  useEffect(() => setTyped(value), [value]);
  useLayoutEffect(() => {
    if (moveTo === undefined) return;
    input.current?.setSelectionRange(moveTo, moveTo);
    setMoveTo(undefined);
  }, [moveTo]);

  const position = pointAt(typed, cursor);
  const [asked] = useDebouncedValue(`${position} ${typed}`, 90);
  const completion = useQuery({
    queryKey: ["complete", scope, asked],
    queryFn: ({ signal }) => {
      const space = asked.indexOf(" ");
      const body = { ...scope, query: asked.slice(space + 1), position: Number(asked.slice(0, space)), limit: 40 };
      return ask(api.POST("/api/hunt/complete", { body, signal }));
    },
    enabled: open,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const current = asked === `${position} ${typed}` && !completion.isPlaceholderData;
  const suggestions = open && !completion.error ? (completion.data?.suggestions ?? []) : [];
  // What is asked may be wrong further on than what was typed up to the cursor.
  const mistake = typed === value && askedWrong ? askedWrong : current ? mistakeIn(completion.error) : undefined;

  const take = (index: number) => {
    const suggested = suggestions[index];
    setHurried(!current);
    if (!suggested || !current) return;
    const next = accept(typed, cursor, completion.data!.from, suggested);
    setTyped(next.text);
    setCursor(next.cursor);
    setMoveTo(next.cursor);
    setAt(-1);
    input.current?.focus();
  };
  useEffect(() => {
    if (hurried && current) take(0);
  }, [hurried, current]);
  const submit = (query: string) => {
    setOpen(false);
    setAt(-1);
    setHurried(false);
    set(query.trim());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    const listed = suggestions.length > 0;
    if (event.key === "ArrowDown" && listed) setAt((at + 1) % suggestions.length);
    else if (event.key === "ArrowDown") setOpen(true);
    else if (event.key === "ArrowUp" && listed) setAt((at <= 0 ? suggestions.length : at) - 1);
    else if (event.key === "Tab" && !event.shiftKey && listed) take(Math.max(at, 0));
    else if (event.key === "Enter" && listed && at >= 0) take(at);
    else if (event.key === "Enter") submit(typed);
    else if (event.key === "Escape" && listed) setOpen(false);
    else if (event.key === "Escape") event.currentTarget.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const follow = (element: HTMLInputElement) => {
    setCursor(element.selectionStart ?? element.value.length);
    setScrolled(element.scrollLeft);
  };
  const [right, wrong, rest] = mistake ? split(typed, mistake.column) : ["", "", ""];
  return (
    <div className={styles.bar} data-wrong={mistake ? true : undefined} onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && setOpen(false)}>
      <Icon name="search" size={14} />
      <div className={styles.field}>
        {mistake && (
          <div aria-hidden className={styles.marks}>
            <span style={{ transform: `translateX(${-scrolled}px)` }}>
              {right}
              <u>{wrong}</u>
              {rest}
            </span>
          </div>
        )}
        <input
          ref={input}
          data-search
          role="combobox"
          aria-label="Query"
          aria-autocomplete="list"
          aria-expanded={suggestions.length > 0}
          aria-controls={id + "-list"}
          aria-activedescendant={at >= 0 && at < suggestions.length ? `${id}-${at}` : undefined}
          aria-invalid={mistake !== undefined}
          aria-describedby={mistake ? id + "-mistake" : undefined}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          maxLength={65536}
          value={typed}
          onChange={(e) => {
            setTyped(e.target.value);
            follow(e.target);
            setOpen(true);
            setAt(-1);
            setHurried(false);
          }}
          onFocus={() => setOpen(true)}
          onSelect={(e) => follow(e.currentTarget)}
          onScroll={(e) => setScrolled(e.currentTarget.scrollLeft)}
          onKeyDown={onKeyDown}
        />
      </div>
      {typed !== value && (
        <button type="button" className={styles.ask} onClick={() => submit(typed)} title="Ask">
          <kbd>Enter</kbd>
        </button>
      )}
      {typed !== "" && (
        <ActionIcon size={20} aria-label="Clear the query" onClick={() => (setTyped(""), submit(""))}>
          <Icon name="close" size={12} />
        </ActionIcon>
      )}
      {(mistake || suggestions.length > 0) && (
        <div className={styles.below}>
          {mistake && (
            <div role="alert" id={id + "-mistake"} className={styles.mistake}>
              Column {mistake.column}: <Text value={mistake.message} />
            </div>
          )}
          <ul id={id + "-list"} role="listbox" aria-label="Suggestions" className={styles.list}>
            {suggestions.map((s, i) => (
              <li
                key={s.kind + s.text}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === at}
                ref={i === at ? (element) => element?.scrollIntoView({ block: "nearest" }) : undefined}
                onMouseDown={(e) => e.preventDefault()}
                onClick={() => take(i)}
              >
                <span>
                  <Text value={s.text} />
                </span>
                <small>{s.rows ? counted(s.rows, "row") : s.kind}</small>
              </li>
            ))}
          </ul>
          {suggestions.length > 0 && (
            <div className={styles.keys}>
              <kbd>↑↓</kbd> choose <kbd>Tab</kbd> take <kbd>Enter</kbd> {at >= 0 ? "take" : "ask"} <kbd>Esc</kbd> close
              {completion.data?.reason && <span> {completion.data.reason}</span>}
            </div>
          )}
        </div>
      )}
    </div>
  );
}
