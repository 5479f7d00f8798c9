package browsertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// shown is what a page shows of a check.
type shown struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Title  string `json:"title"`
	Score  string `json:"score"`
	Lines  []line `json:"lines"`
}

type line struct{ Label, Text string }

// shownChecks reads the list on the page; textContent, because innerText folds white space.
const shownChecks = `JSON.stringify([...document.querySelectorAll("#check li")].map((li) => ({
	id: li.dataset.id, status: li.dataset.status,
	title: li.querySelector(".check-title").textContent,
	score: li.querySelector(".check-score").textContent,
	lines: [...li.querySelectorAll("dl > div")].map((d) => ({
		Label: d.querySelector("dt").textContent, Text: d.querySelector("dd").textContent })) })))`

// terminal is what slipway check --format json says.
type terminal struct {
	Status string
	Points int
	Max    int
	Checks []struct {
		ID, Title, Status string
		Points, Max       int
		Findings          []struct{ Expected, Actual, Why, Next string }
		WaitsFor          []string
	}
}

func (v terminal) shown() []shown {
	var list []shown
	for _, c := range v.Checks {
		s := shown{ID: c.ID, Status: c.Status, Title: c.Title, Score: fmt.Sprintf("%d/%d", c.Points, c.Max), Lines: []line{}}
		for _, f := range c.Findings {
			for _, l := range []line{{"expected", f.Expected}, {"found", f.Actual}, {"why", f.Why}, {"next", f.Next}} {
				if l.Text != "" {
					s.Lines = append(s.Lines, l)
				}
			}
		}
		if len(c.WaitsFor) > 0 {
			s.Lines = append(s.Lines, line{"waits for", strings.Join(c.WaitsFor, "; ")})
		}
		list = append(list, s)
	}
	return list
}

const task = "x06"

// press presses the button by keyboard and waits for how the check ends.
func (tb *tab) press() (state string, checks []shown) {
	tb.t.Helper()
	tb.wait(`document.querySelector("#check .check-start") !== null`)
	eval[bool](tb, `delete document.querySelector("#check [role=status]")?.dataset.state || true`) // that of a check before
	tb.do("press the button", chromedp.Focus(chromedp.CSS("#check .check-start")), chromedp.KeyEvent(kb.Enter))
	tb.wait(`!["", "running"].includes(document.querySelector("#check [role=status]").dataset.state ?? "")`)
	state = eval[string](tb, `document.querySelector("#check [role=status]").dataset.state`)
	if err := json.Unmarshal([]byte(eval[string](tb, shownChecks)), &checks); err != nil {
		tb.t.Fatal(err)
	}
	return state, checks
}

// wantSame holds that the page says of the work what the terminal says.
func (tb *tab) wantSame(s slipway, checks []shown, want string) {
	tb.t.Helper()
	var said terminal
	out := s.run([]int{0, 1}, "check", task, "--format", "json")
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		tb.t.Fatalf("slipway check: %v\n%s", err, out)
	}
	if said.Status != want {
		tb.t.Errorf("slipway check says %s, want %s\n%s", said.Status, want, out)
	}
	got, _ := json.MarshalIndent(checks, "", "  ")
	if expected, _ := json.MarshalIndent(said.shown(), "", "  "); string(got) != string(expected) {
		tb.t.Errorf("page shows\n%s\nterminal says\n%s", got, expected)
	}
	points := fmt.Sprintf("%d of %d points", said.Points, said.Max)
	if text := tb.text("#check [role=status]"); !strings.Contains(text, points) {
		tb.t.Errorf("summary %q, want %q in it", text, points)
	}
}

func (s *site) checkSolutions(t *testing.T) {
	p := s.program(t)
	base, _ := p.serve(anyPort)
	tb := s.tabOf(t, base)
	tb.open("en/" + task + ".html")

	if state, checks := tb.press(); state != "fault" || len(checks) > 0 || !strings.Contains(tb.text("#check [role=status]"), "slipway start "+task) {
		t.Errorf("a task that was not started: state %s, %q", state, tb.text("#check"))
	}

	p.run([]int{0}, "start", task)
	state, checks := tb.press()
	if state != "fail" {
		t.Errorf("untouched start: state %s", state)
	}
	tb.wantSame(p, checks, "fail")
	s.look(tb, task+"-untouched")

	wrong := wrongSolutions(t, s.root, task)[0]
	p.apply(task, wrong)
	_, checks = tb.press()
	tb.wantSame(p, checks, "fail")
	if said := explanation(checks, wrong.CaughtBy); said != strings.Join(strings.Fields(wrong.Says), " ") {
		t.Errorf("%s: page explains\n%s\nwant\n%s", wrong.Title, said, wrong.Says)
	}

	p.run([]int{0}, "solution", task, "--apply")
	state, checks = tb.press()
	if state != "pass" {
		t.Errorf("right solution: state %s, %q", state, tb.text("#check"))
	}
	next := `document.querySelector("a[rel=next]").href`
	if on := `document.querySelector("#check .check-onward:not([hidden]) a")?.href`; eval[string](tb, on) != eval[string](tb, next) {
		t.Errorf("a solved task leads on to %q, the page to %q", eval[string](tb, on), eval[string](tb, next))
	}
	tb.wantSame(p, checks, "pass")
	s.look(tb, task+"-solved")
}

// explanation is what the page says of a failed check, on one line.
func explanation(checks []shown, id string) string {
	var words []string
	for _, c := range checks {
		if c.ID != id || c.Status != "fail" {
			continue
		}
		for _, l := range c.Lines {
			words = append(words, strings.Fields(l.Label+" "+l.Text)...)
		}
	}
	return strings.Join(words, " ")
}

func (s *site) stopCheck(t *testing.T) {
	p := s.program(t)
	base, _ := p.serve(anyPort)
	p.run([]int{0}, "start", task)
	tb := s.tabOf(t, base)
	tb.open("en/" + task + ".html")
	tb.wait(`document.querySelector("#check .check-start") !== null`)
	label := eval[string](tb, `(() => {
		document.querySelector("#check .check-start").click();
		const label = document.querySelector("#check .check-start").textContent;
		document.querySelector("#check .check-stop").focus();
		document.querySelector("#check .check-stop").click();
		return label;
	})()`)
	if label != "Checking…" {
		t.Errorf("button says %q while it checks", label)
	}
	tb.wait(`document.querySelector("#check [role=status]").textContent.startsWith("Stopped")`)
	tb.wait(`document.activeElement === document.querySelector("#check .check-start")`)
	if state, checks := tb.press(); state != "fail" || len(checks) == 0 {
		t.Errorf("check after one that was stopped: state %s, %d checks, %q", state, len(checks), tb.text("#check"))
	}
}

func (s *site) companionGone(t *testing.T) {
	p := s.program(t)
	base, stop := p.serve(anyPort)
	p.run([]int{0}, "start", task)
	tb := s.tabOf(t, base)
	tb.open("en/" + task + ".html")
	tb.wait(`document.querySelector("#check .check-start") !== null`)
	stop()
	if state, _ := tb.press(); state != "fault" || !strings.Contains(tb.text("#check [role=status]"), "slipway serve") {
		t.Errorf("companion gone: state %s, %q", state, tb.text("#check"))
	}
	tb.expectComplaint("ERR_CONNECTION_REFUSED")

	eval[bool](tb, `globalThis.isOld = true`)
	p.serve(strings.TrimSuffix(strings.TrimPrefix(base, "http://"), "/"))
	tb.wait(`globalThis.isOld !== true && document.readyState === "complete"`)
	tb.takeComplaints() // refused connections while it was gone, and the old token
	if state, _ := tb.press(); state != "fail" {
		t.Errorf("companion back: state %s, %q", state, tb.text("#check"))
	}
}
