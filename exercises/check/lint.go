package check

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// Lint reports what a check with a kit, which may be nil, must not do: use a command that is unknown, that would fail without an
// explanation, or that skips; run anything on a condition, since what is not run is not judged; and
// judge nothing at all. A Runner treats a check that Lint reports as a fault.
func Lint(c task.Check, kit Kit) error {
	commands := commandsOf(kit)
	var errs []error
	line := c.Pos.Line - 1
	judges := false
	for text := range strings.Lines(c.Script) {
		line++
		if err := lintLine(commands, strings.TrimRight(text, " \t\n")); err != nil {
			pos := frontmatter.Position{File: c.Pos.File, Line: line, Col: 1}
			errs = append(errs, pos.Errorf("%w", err))
		}
		judges = judges || commands[commandOf(text)].Judges
	}
	if !judges {
		errs = append(errs, c.Pos.Errorf("check %s judges nothing", c.ID))
	}
	return errors.Join(errs...)
}

func lintLine(commands map[string]Command, text string) error {
	name := commandOf(text)
	_, known := commands[name]
	switch {
	case name == "":
		return nil
	case text[0] == ' ' || text[0] == '\t':
		return errors.New("command is indented: begin it at the left margin")
	case strings.HasPrefix(name, "["):
		return fmt.Errorf("command has the condition %s: what a check does not run it does not judge", name)
	case !known && !slices.Contains(Builtins(), name):
		return fmt.Errorf("command %q is not for checks: use %s, or to prepare %s",
			name, strings.Join(slices.Sorted(maps.Keys(commands)), ", "), strings.Join(Builtins(), ", "))
	}
	return nil
}

// commandOf returns the first word of a script line, past a negation.
func commandOf(text string) string {
	text, _, _ = strings.Cut(text, "#")
	for _, word := range strings.Fields(text) {
		if word != "!" {
			return word
		}
	}
	return ""
}
