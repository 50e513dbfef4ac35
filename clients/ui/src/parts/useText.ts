// How does what is typed get into the address without the address getting into what is typed?
import { useEffect, useRef, useState } from "react";

/** The text of a field that the address keeps. It follows the address, but for what it has sent there itself. */
export function useText(asked: string, send: (text: string) => void, wait = 250): [string, (text: string) => void] {
  const [text, setText] = useState(asked);
  const sent = useRef(asked);
  const sending = useRef(send);
  sending.current = send;
  useEffect(() => {
    if (asked === sent.current) return;
    sent.current = asked;
    setText(asked);
  }, [asked]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      sending.current(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text, wait]);
  return [text, setText];
}
