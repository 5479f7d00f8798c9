package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/slipway-workshop/slipway/exercises/prove"
)

// problems are those of all proofs, in their order.
func (all *proofs) problems() []string {
	var list []string
	for _, p := range all.Tasks {
		list = append(list, p.Problems...)
	}
	for _, p := range all.Chapters {
		list = append(list, p.Problems...)
	}
	return append(list, all.Stamps...)
}

// tellProofs prints the kill matrix, the sums and, where a reader's eye and a log's tail end, the problems.
func (a *app) tellProofs(all *proofs, update bool) error {
	for _, p := range all.Tasks {
		for _, unsteady := range p.Unsteady {
			a.say("Only at the first try: %s\n", unsteady)
		}
	}
	if len(all.Tasks) > 0 {
		a.say("\nKill matrix: which check catches which wrong solution\n\n")
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "    TASK\tWRONG SOLUTION\tCAUGHT BY\t\n")
		for _, p := range all.Tasks {
			for _, k := range p.Kills {
				mark := "✓"
				if !k.Killed {
					mark = "✗"
				}
				fmt.Fprintf(w, "  %s %s\t%s\t%s\t%s\n", mark, p.ID, k.Wrong, k.CaughtBy, also(k))
			}
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("print the kill matrix: %w", err)
		}
		killed, wrong := prove.Killed(all.Tasks)
		a.say("\n%d of %d wrong solutions are caught by the check that names them.\n", killed, wrong)
	}
	if executed, blocks := prove.Executed(all.Chapters); blocks > 0 {
		a.say("%d of %d console blocks are executed (%d %%).\n", executed, blocks, 100*executed/blocks)
	}
	problems := all.problems()
	for _, problem := range problems {
		a.say("%s\n", problem)
	}
	n := fmt.Sprintf("%d problems", len(problems))
	if len(problems) == 1 {
		n = "1 problem"
	}
	switch {
	case len(problems) == 0:
		a.say("No problems.\n")
	case update:
		a.say("%s. What could be rewritten was: read the difference, then prove again.\n", n)
	default:
		a.say("%s.\n", n)
	}
	return nil
}

// also names the other checks that caught a wrong solution.
func also(k prove.Kill) string {
	others := slices.DeleteFunc(slices.Clone(k.Failed), func(id string) bool { return id == k.CaughtBy })
	if len(others) == 0 {
		return ""
	}
	return "also " + strings.Join(others, ", ")
}
