package grade

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// WriteText writes the explanation for people, laid out in style.
func (x Explanation) WriteText(w io.Writer, style verdict.Style) error {
	var out strings.Builder
	p := printing{out: &out, style: style}
	p.line("%s %s, of %s: %s", x.Task.ID, x.Task.Title, x.who(), x.score())
	p.line("")
	p.field("state", string(x.Cell.State))
	if x.Cell.State != Absent {
		p.field("submission", fmt.Sprintf("%s, received %s", x.Cell.Submission, x.Cell.Received.Format(time.RFC3339)))
		p.whole("files", "SHA-256 "+x.Cell.Files)
	}
	p.field("counts", x.Counts)
	for i, t := range x.Cell.History {
		p.field("", fmt.Sprintf("%d. %s, received %s: %s", i+1, t.Submission, t.Received.Format(time.RFC3339), t.score()))
	}
	p.field("lateness", x.Lateness)
	for _, f := range x.Cell.Flags {
		p.field("look at", f)
	}
	if x.Evidence != nil {
		x.writeEvidence(&p)
	}
	for _, e := range x.Journal {
		x.writeEntry(&p, e)
	}
	p.field("verified", fmt.Sprintf("%d lines of the journal, %d pieces of evidence, the gradebook", x.Verified.Lines, x.Verified.Evidence))
	_, err := io.WriteString(w, out.String())
	return err
}

func (x Explanation) who() string {
	who := x.Learner.ID
	if x.Learner.Name != "" {
		who += " " + x.Learner.Name
	}
	if x.Learner.Email != "" {
		who += " <" + x.Learner.Email + ">"
	}
	return who
}

func (x Explanation) score() string {
	if x.Cell.State == Unjudged {
		return "not judged yet, which is no fault of the learner"
	}
	return fmt.Sprintf("%g of %d points", x.Cell.Points, x.Task.Max+x.Task.Hidden)
}

func (t Tried) score() string {
	if t.State != Graded {
		return string(t.State)
	}
	s := fmt.Sprintf("%g points", t.Points)
	if t.DaysLate > 0 {
		s += ", late by " + verdict.Count(t.DaysLate, "day")
	}
	if t.Counts {
		s += "  <- counts"
	}
	return s
}

func (x Explanation) writeEvidence(p *printing) {
	e := x.Evidence
	p.line("")
	for _, c := range e.Outcome.Result.Checks {
		if c.Hidden {
			c.Title += " (hidden from the learner)"
		}
		p.check(c)
	}
	p.line("")
	if !x.Cell.HiddenRun {
		p.field("hidden", "no hidden checks were run")
	} else {
		p.field("hidden", fmt.Sprintf("%d of %d points; public %d of %d", x.Cell.Hidden.Points, x.Cell.Hidden.Max, x.Cell.Public.Points, x.Cell.Public.Max))
	}
	p.field("limits", cmp.Or(strings.Join(limits(e.Outcome.Result.Checks), ", "), "none was reached")+"; they were: "+cmp.Or(e.Inputs.Limits, "not noted"))
	p.field("isolation", e.Outcome.Isolation.String())
	p.field("judged by", fmt.Sprintf("slipway %s with %s", e.Inputs.Slipway, e.Inputs.Go))
	p.whole("checks", "SHA-256 "+e.Inputs.Digest)
	for _, t := range e.Outcome.Tries {
		p.field("fault", fmt.Sprintf("%s, %s: %s", t.Begin.Format(time.RFC3339), t.Worker, t.Fault))
	}
	p.whole("evidence", evidenceFile(x.Cell.Key))
	p.whole("", "SHA-256 "+x.Digest)
}

func (x Explanation) writeEntry(p *printing, e Entry) {
	said := fmt.Sprintf("line %d, %s: ", e.Seq, e.Time.Format(time.RFC3339))
	switch e.Kind {
	case ItemBegan:
		said += fmt.Sprintf("given to the engine, time %d", e.Try)
	case ItemDone:
		said += "judged by " + e.Worker
	case ItemFault:
		said += fmt.Sprintf("fault of slipway or its machine after %s: %s", verdict.Count(max(1, len(e.Tries)), "attempt"), e.Fault)
	}
	p.field("journal", said)
}

// printing writes lines in which learners have written nothing that a terminal would obey.
type printing struct {
	out   *strings.Builder
	style verdict.Style
}

func (p *printing) line(format string, args ...any) {
	p.out.WriteString(strings.TrimRight(visible(fmt.Sprintf(format, args...)), " ") + "\n")
}

const labelled = 12 // cells before the text of a field

// field writes a label, and text that is wrapped beside it.
func (p *printing) field(label, text string) {
	for _, line := range verdict.Wrap(visible(text), p.style.Cells()-labelled) {
		p.whole(label, line)
		label = ""
	}
}

// whole writes a label, and what is not to be broken, since people copy it.
func (p *printing) whole(label, text string) { p.line("%-11s %s", label, text) }

// check writes what came of a check as the learner saw it.
func (p *printing) check(c verdict.Check) {
	clean := c
	clean.Title, clean.Fault = visible(c.Title), visible(c.Fault)
	clean.Findings = slices.Clone(c.Findings)
	for i, f := range clean.Findings {
		clean.Findings[i] = verdict.Finding{Expected: visible(f.Expected), Actual: visible(f.Actual), Why: visible(f.Why), Next: visible(f.Next)}
	}
	clean.Write(p.out, p.style)
}

// visible replaces control characters but the end of a line and the tab.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
