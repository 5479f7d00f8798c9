package similarity

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// WriteText writes the report for people. Names of learners and files are quoted where they hold anything but letters,
// digits and signs, so that no name does anything to a terminal.
func (r *Report) WriteText(w io.Writer) error {
	_, err := io.WriteString(w, r.text())
	return err
}

func (r *Report) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\nLeft out: the start of each task, what two of its solutions share, and what %d learners or more, and more than %.0f%% of\nthe class, have. Below %d fingerprints of its own, work is too short to tell.\n",
		strings.ReplaceAll(r.Note, ". ", ".\n"), r.CommonAt, 100*r.Common, r.Least)
	for _, t := range r.Tasks {
		t.text(&out)
	}
	return out.String()
}

func (t TaskReport) text(out *strings.Builder) {
	fmt.Fprintf(out, "\n%s  %s", plain(t.Task), verdict.Count(t.Works, "work"))
	if n := len(t.TooShort); n > 0 {
		fmt.Fprintf(out, ", %d too short to tell", n)
	}
	fmt.Fprintf(out, ", %s left out as common\n", verdict.Count(t.Common, "fingerprint"))
	if len(t.Pairs) == 0 && len(t.TooShort) < t.Works {
		out.WriteString("  no two are alike\n")
	}
	for _, p := range t.Pairs {
		fmt.Fprintf(out, "  %s and %s: %.0f%% of the first and %.0f%% of the second is alike (%s)\n", plain(p.A), plain(p.B), 100*p.OfA, 100*p.OfB, verdict.Count(p.Shared, "fingerprint"))
		for _, m := range p.Matches[:min(len(p.Matches), shown)] {
			fmt.Fprintf(out, "    %s  is like  %s\n", m.A, m.B)
		}
		if n := len(p.Matches) - shown; n > 0 {
			fmt.Fprintf(out, "    and %s, shorter ones\n", verdict.Count(n, "more place"))
		}
	}
	if t.More > 0 {
		fmt.Fprintf(out, "  and %s less alike\n", verdict.Count(t.More, "pair"))
	}
	for _, l := range t.LeftOut {
		fmt.Fprintf(out, "  not read whole: %s of %s\n", plain(l.File), plain(l.Learner))
	}
}

// shown is how many places of a pair stand in the text; the JSON has more.
const shown = 5

// String is a place as compilers tell it: policy/policy.go:12-40.
func (r Range) String() string {
	if r.From == r.To {
		return fmt.Sprintf("%s:%d", plain(r.File), r.From)
	}
	return fmt.Sprintf("%s:%d-%d", plain(r.File), r.From, r.To)
}

func plain(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(name)
	}
	return name
}
