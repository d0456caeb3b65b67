/** Roll call by tapping: present, absent, on leave. What was tapped stays on the phone until it is submitted. */
import { make } from "./element";
import { icon } from "./icon";
import type { RollLists } from "./lesson";
import { type Desk, keptWords } from "./phone-desk";
import { t } from "./text";

export type Mark = 1 | 2 | 3;
const LISTS = ["present", "absent", "on_leave"] as const;

export function listsOf(marks: ReadonlyMap<string, Mark>): Record<keyof RollLists, string[]> {
  const lists: Record<keyof RollLists, string[]> = { present: [], absent: [], on_leave: [] };
  for (const [pupil, mark] of marks) lists[LISTS[mark - 1] ?? "present"].push(pupil);
  return lists;
}

export class RollCall {
  private readonly marks = new Map<string, Mark>();
  private readonly draft: string;

  constructor(private readonly desk: Desk) {
    this.draft = `tongtang.phone.roll.${desk.snapshot.reception}`;
    this.read();
    desk.part("kids").replaceChildren(...desk.snapshot.pupils.map((pupil) => this.button(pupil.id, pupil.name)));
    desk.on("rollsubmit", "click", () => this.submit());
    this.render();
  }

  render(): void {
    const lists = listsOf(this.marks);
    const call = this.desk.rollCall();
    this.desk.say("present", String(lists.present.length));
    this.desk.say("enrolled", String(this.marks.size));
    const said = keptWords(this.desk.latest("roll_call"));
    const again = call && JSON.stringify(sorted(call)) !== JSON.stringify(sorted(lists)) ? t("Changed since it was submitted. Submit again.") : "";
    const known = call ? t("Submitted") : t("Works without a link too: handed over later by itself.");
    this.desk.say("rollstate", again || said || known);
    const { roll_call: theirs } = this.desk.room;
    const line = call
      ? t("Roll call {present} of {enrolled}", { present: call.present.length, enrolled: this.marks.size })
      : theirs
        ? t("Roll call {present} of {enrolled}", { present: theirs.present, enrolled: theirs.enrolled })
        : t("Roll not called yet");
    this.desk.say("rollline", line);
    this.desk.say("rolllink", call ? t("Change") : t("Call the roll"));
  }

  private read(): void {
    const kept = JSON.parse(localStorage.getItem(this.draft) ?? "{}") as Record<string, Mark>;
    const call = this.desk.rollCall();
    for (const { id } of this.desk.snapshot.pupils) {
      const called: Mark = call?.absent.includes(id) ? 2 : call?.on_leave.includes(id) ? 3 : 1;
      this.marks.set(id, kept[id] ?? called);
    }
  }

  private button(id: string, name: string): HTMLButtonElement {
    const button = make("button", { type: "button" });
    const draw = (): void => {
      const mark = this.marks.get(id) ?? 1;
      button.dataset["s"] = String(mark);
      button.replaceChildren(name, make("span", {}, ...markWords(mark)));
    };
    button.addEventListener("click", () => {
      this.marks.set(id, (((this.marks.get(id) ?? 1) % 3) + 1) as Mark);
      localStorage.setItem(this.draft, JSON.stringify(Object.fromEntries(this.marks)));
      draw();
      this.render();
    });
    draw();
    return button;
  }

  private submit(): void {
    localStorage.removeItem(this.draft);
    this.desk.add("roll_call", listsOf(this.marks));
  }
}

function markWords(mark: Mark): (Node | string)[] {
  if (mark === 1) return [icon("check", "i-sm"), t("present")];
  return mark === 2 ? [icon("x", "i-sm"), t("absent")] : [icon("clock", "i-sm"), t("on leave")];
}

function sorted(lists: RollLists): string[][] {
  return LISTS.map((name) => [...lists[name]].sort());
}
