package check

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/task"
)

// Lint reports the commands of a check that a check must not use: unknown ones, those that would
// fail without an explanation, and skip.
func Lint(c task.Check) error {
	var errs []error
	line := c.Pos.Line - 1
	judges := false
	for text := range strings.Lines(c.Script) {
		line++
		name := commandOf(text)
		if name == "" {
			continue
		}
		_, own := Commands[name]
		judges = judges || own && !slices.Contains([]string{"expect", "why", "next"}, name)
		if !own && !slices.Contains(Builtins(), name) {
			pos := frontmatter.Position{File: c.Pos.File, Line: line, Col: 1}
			errs = append(errs, pos.Errorf("command %q is not for checks: use %s, or to prepare %s",
				name, strings.Join(slices.Sorted(maps.Keys(Commands)), ", "), strings.Join(Builtins(), ", ")))
		}
	}
	if !judges {
		errs = append(errs, c.Pos.Errorf("check %s judges nothing", c.ID))
	}
	return errors.Join(errs...)
}

// commandOf returns the name of the command on a script line, past conditions and negation.
func commandOf(text string) string {
	text, _, _ = strings.Cut(text, "#")
	for _, word := range strings.Fields(text) {
		if word != "!" && !strings.HasPrefix(word, "[") {
			return word
		}
	}
	return ""
}
