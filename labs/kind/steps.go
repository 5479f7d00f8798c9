package kind

import (
	"fmt"
	"strings"
	"unicode"

	"sigs.k8s.io/kind/pkg/log"
)

// steps is kind's logger. It passes on what kind begins to do, as plain words.
type steps func(string)

var _ log.Logger = steps(nil)

func (s steps) Warn(string)          {}
func (s steps) Warnf(string, ...any) {}
func (s steps) Error(m string)       { s(plain(m)) }
func (s steps) Errorf(format string, args ...any) {
	s.Error(fmt.Sprintf(format, args...))
}
func (s steps) V(level log.Level) log.InfoLogger {
	if level == 0 {
		return begun(s)
	}
	return log.NoopInfoLogger{}
}

// begun passes on the lines by which kind says that it begins something; see its cli.Status.
type begun func(string)

func (b begun) Enabled() bool { return true }
func (b begun) Infof(format string, args ...any) {
	b.Info(fmt.Sprintf(format, args...))
}
func (b begun) Info(m string) {
	if text, ok := strings.CutPrefix(strings.TrimSpace(m), "•"); ok {
		b(plain(text))
	}
}

// plain drops what is there for the eye only.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.So, r) || r == '\ufe0f' {
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "..."))
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
