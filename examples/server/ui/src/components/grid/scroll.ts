import type { Track } from "./tall";

/** How long after the last move a table is at rest, and how often one is drawn that flies by, in milliseconds. */
const rests = 100;
const glimpse = 100;

/** Draws a table at an offset, which may be moving still. */
type Draw = (offset: number, moving: boolean) => void;

/**
 * Follows a table that is scrolled, and says when to draw it: whenever it moves; but where more than half of what is seen
 * changes from one frame to the next, which nobody can read, only now and then and where it comes to rest.
 */
export class Scroll {
  private draw: Draw | undefined;
  private drawAside: Draw | undefined;
  private left = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = { at: 0, offset: 0, far: false };
  private drawnAt = 0;

  /** shifted is moved with the table; see Track. */
  constructor(
    private readonly element: HTMLElement,
    readonly track: Track,
    private readonly shifted: () => HTMLElement | null,
  ) {}

  /** Begins to follow, and returns what ends it. */
  follow(draw: Draw): () => void {
    this.draw = draw;
    this.element.addEventListener("scroll", this.moved, { passive: true });
    draw(this.track.offset, false);
    return () => {
      this.element.removeEventListener("scroll", this.moved);
      clearTimeout(this.timer);
      this.draw = undefined;
    };
  }

  /** Says how far the table is scrolled to the side whenever that changes. */
  followAside(draw: Draw): () => void {
    this.drawAside = draw;
    draw(this.left, false);
    return () => (this.drawAside = undefined);
  }

  /** Brings an offset of the table to the top. */
  to(offset: number): void {
    this.track.go(offset);
    this.settle();
  }

  /** Draws the table where it is now that it does not move. */
  readonly rest = (): void => {
    this.track.moved(this.element.scrollTop);
    this.settle();
  };

  /** Puts the bar where it belongs, and draws the table. */
  private settle(): void {
    const { track, element } = this;
    if (Math.abs(track.place - element.scrollTop) >= 1) element.scrollTop = track.place;
    track.put(element.scrollTop);
    this.shift();
    this.last.far = false;
    this.draw?.(track.offset, false);
    this.drawAside?.(this.left, false);
  }

  private readonly moved = (): void => {
    const { track, element, last } = this;
    const at = performance.now();
    // Both are read before anything is drawn: after that the browser would have to lay all of it out for them at once.
    const left = element.scrollLeft;
    track.moved(element.scrollTop);
    if (left !== this.left) this.drawAside?.((this.left = left), true);
    const far = at - last.at < rests && Math.abs(track.offset - last.offset) > element.clientHeight / 2;
    const flies = far && last.far;
    this.last = { at, offset: track.offset, far };
    clearTimeout(this.timer);
    this.timer = setTimeout(this.rest, rests);
    if (track.stuck) return this.settle();
    this.shift();
    if (flies && at - this.drawnAt < glimpse) return;
    this.drawnAt = at;
    this.draw?.(track.offset, true);
  };

  private shift(): void {
    const shifted = this.shifted();
    if (shifted && shifted.style.transform !== this.track.shift) shifted.style.transform = this.track.shift;
  }
}
