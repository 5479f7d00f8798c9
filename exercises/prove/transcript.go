package prove

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

const (
	normaliseName = "normalise.yaml"
	anyLines      = "..." // in a chapter's output, or in what a wrong solution is told: any number of lines
)

// normalisers make two runs of a command comparable.
type normalisers []normaliser

type normaliser struct {
	Name    string `yaml:"name"`
	Pattern string `yaml:"pattern"`

	re *regexp.Regexp
}

// loadNormalisers reads normalise.yaml of a course.
func loadNormalisers(course fs.FS) (normalisers, error) {
	src, err := fs.ReadFile(course, normaliseName)
	if err != nil {
		return nil, fmt.Errorf("read normalisers: %w", err)
	}
	doc := frontmatter.New(normaliseName, src, 0, 0)
	var file struct {
		Rules []normaliser `yaml:"rules"`
	}
	if err := doc.Decode(&file); err != nil {
		return nil, err
	}
	for i := range file.Rules {
		rule := &file.Rules[i]
		if rule.re, err = regexp.Compile(rule.Pattern); err != nil || rule.Name == "" {
			return nil, doc.At(fmt.Sprintf("$.rules[%d]", i)).Errorf("rule needs a name and a regular expression: %w", err)
		}
	}
	return file.Rules, nil
}

func (ns normalisers) apply(text string) string {
	for _, n := range ns {
		text = n.re.ReplaceAllLiteralString(text, "<"+n.Name+">")
	}
	return text
}

// match reports whether output is what a chapter shows, in which a line "..." stands for any lines.
func (ns normalisers) match(shown, output string) bool {
	return matchLines(splitLines(ns.apply(shown)), splitLines(ns.apply(output)))
}

func matchLines(shown, output []string) bool {
	for i, line := range shown {
		if strings.TrimSpace(line) == anyLines {
			for skip := 0; skip <= len(output); skip++ {
				if matchLines(shown[i+1:], output[skip:]) {
					return true
				}
			}
			return false
		}
		if len(output) == 0 || output[0] != line {
			return false
		}
		output = output[1:]
	}
	return len(output) == 0
}

// splitLines ignores spaces at the ends of lines, which a page does not show.
func splitLines(text string) []string {
	text = strings.TrimRight(text, " \n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \r")
	}
	return lines
}
