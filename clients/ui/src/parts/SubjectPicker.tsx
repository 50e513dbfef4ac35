// How is one subject chosen of thousands? By a part of its name.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import * as Aria from "react-aria-components";
import { subjectPages } from "../api/queries";
import { formatName } from "./Pill";

type Props = {
  label: string;
  hint: string;
  chosen: string | undefined;
  choose: (subject: string | undefined) => void;
};

export function SubjectPicker({ label, hint, chosen, choose }: Props) {
  const pages = useInfiniteQuery(subjectPages());
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const items = useMemo(
    () =>
      (pages.data?.pages.flatMap((page) => page.subjects) ?? []).map((one) => ({
        id: one.subject,
        hint: formatName(one.schemaType),
      })),
    [pages.data],
  );
  return (
    <Aria.ComboBox
      className="field picker"
      defaultItems={items}
      {...(chosen ? { defaultValue: chosen, defaultInputValue: chosen } : {})}
      key={`${items.length} ${chosen}`}
      onChange={(key) => choose(key === null ? undefined : String(key))}
      menuTrigger="focus"
    >
      <Aria.Label>{label}</Aria.Label>
      <Aria.Input className="mono" placeholder={hint} />
      <Aria.Popover className="popover" offset={4}>
        <Aria.ListBox className="options">
          {(item: { id: string; hint: string }) => (
            <Aria.ListBoxItem id={item.id} textValue={item.id} className="option">
              <span className="mono grow">{item.id}</span>
              <small>{item.hint}</small>
            </Aria.ListBoxItem>
          )}
        </Aria.ListBox>
      </Aria.Popover>
    </Aria.ComboBox>
  );
}
