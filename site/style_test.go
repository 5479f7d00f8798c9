package site

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var colour = regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`)

// TestContrast computes the contrast of the colours that stand on one another, in both themes, as
// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio defines it.
func TestContrast(t *testing.T) {
	css, err := embedded.ReadFile("style/site.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := [2]map[string]string{{}, {}}
	var syntax []string
	for _, m := range colour.FindAllStringSubmatch(string(css), -1) {
		themes[0][m[1]], themes[1][m[1]] = m[2], m[3]
		if strings.HasPrefix(m[1], "code-") {
			syntax = append(syntax, m[1])
		}
	}
	if len(syntax) < 9 {
		t.Fatalf("syntax colours found: %v", syntax)
	}
	pairs := []struct {
		fore, back []string
		least      float64
	}{
		{[]string{"text", "muted", "accent"}, []string{"page", "raised", "code"}, 4.5},
		{[]string{"text"}, []string{"inserted", "deleted", "marked"}, 4.5},
		{[]string{"ok", "warn", "bad"}, []string{"page", "raised"}, 4.5},
		{append(syntax, "text", "accent", "muted"), []string{"code"}, 5.5},
		{syntax, []string{"inserted", "deleted", "marked"}, 5.5},
		{[]string{"accent"}, []string{"marked"}, 3}, // the bar beside a marked line
	}
	for i, theme := range []string{"light", "dark"} {
		for _, p := range pairs {
			for _, fore := range p.fore {
				for _, back := range p.back {
					f, b := themes[i][fore], themes[i][back]
					if f == "" || b == "" {
						t.Fatalf("no colour %s or %s", fore, back)
					}
					if got := contrast(t, f, b); got < p.least {
						t.Errorf("%s: %s #%s on %s #%s has contrast %.2f, want %.1f", theme, fore, f, back, b, got, p.least)
					}
				}
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestContrastFormula(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"000000", "ffffff", 21}, {"777777", "ffffff", 4.48}, {"ffffff", "ffffff", 1}} {
		if got := contrast(t, tt.a, tt.b); math.Abs(got-tt.want) > 0.01 {
			t.Errorf("contrast of %s and %s = %.2f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestColoursAreVariables holds that no rule below the variables names a colour of its own, which
// the contrast test would not see.
func TestColoursAreVariables(t *testing.T) {
	css, err := embedded.ReadFile("style/site.css")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, ok := strings.Cut(string(css), "\n}\n")
	if !ok {
		t.Fatal("no rules after the variables")
	}
	for _, m := range regexp.MustCompile(`#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^)]*\)`).FindAllString(rules, -1) {
		if m != "rgb(0 0 0 / .14)" { // a shadow
			t.Errorf("a rule names the colour %s", m)
		}
	}
}
