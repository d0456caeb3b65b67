/** The shapes that the pages of a live lesson get: see queries.py of the classroom. Times are seconds since 1970. */

export interface Slide {
  readonly id: string;
  readonly title: string;
}
export interface Step {
  readonly id: string;
  readonly title: string;
  readonly minutes: number;
  readonly lead: "anchor" | "local";
  readonly cue: string;
  readonly tasks: readonly string[];
}
export interface Poll {
  readonly id: string;
  readonly question: string;
  readonly options: readonly string[];
}
export interface Session {
  readonly version: number;
  readonly state: "planned" | "open" | "live" | "ended" | "cancelled";
  readonly started_at?: number | null;
  readonly ended_at?: number | null;
  readonly recording?: boolean;
  readonly slide?: string | null;
  readonly step?: string | null;
  readonly step_started_at?: number | null;
  readonly stage?: { readonly reception: string; readonly name: string; readonly since: number | null } | null;
  readonly poll?: Poll | null;
  readonly media_epoch?: number;
  readonly hls?: boolean;
  readonly webrtc?: boolean;
  readonly source?: "camera" | "file";
}
export interface Room {
  readonly screen: { readonly link: "webrtc" | "hls" | "none"; readonly quality: 0 | 1 | 2 | 3 } | null;
  readonly roll_call: { readonly present: number; readonly enrolled: number } | null;
  readonly hand: boolean;
  readonly counts: readonly number[] | null;
  readonly steps_done: readonly string[];
  readonly not_delivered: boolean;
}
export interface WallSnapshot {
  readonly lesson: string;
  readonly reception: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly slides: readonly Slide[];
  readonly steps: readonly Step[];
  readonly session: Session;
  readonly room: Room;
}
export interface Pupil {
  readonly id: string;
  readonly name: string;
}
export interface RollLists {
  readonly present: readonly string[];
  readonly absent: readonly string[];
  readonly on_leave: readonly string[];
}
export interface PhoneSnapshot extends WallSnapshot {
  readonly pupils: readonly Pupil[];
  readonly roll: RollLists | null;
}

/** The present step and the one after it; before the first step, the first one is next. */
export function stepsNow(snapshot: Pick<WallSnapshot, "steps">, session: Session): { now: Step | undefined; next: Step | undefined } {
  const index = snapshot.steps.findIndex((step) => step.id === session.step);
  return { now: snapshot.steps[index], next: snapshot.steps[index + 1] };
}

/** When the present step is planned to end, in milliseconds; null before the first step. */
export function stepEnds(session: Session, now: Step | undefined): number | null {
  return now && session.step_started_at ? (session.step_started_at + now.minutes * 60) * 1000 : null;
}

/** The newer of two states: events and snapshots may cross. */
export function newer(a: Session, b: Session): Session {
  return b.version >= a.version ? b : a;
}
