package search

import "strings"

// stemmed takes the endings off an English word, so that its forms become one token. The token need
// not be a word.
func (r *Rules) stemmed(s string) string {
	if len(s) < 4 || strings.IndexFunc(s, notSmall) >= 0 {
		return s
	}
	for _, step := range r.data.Stem {
		s = takeOff(s, step)
	}
	return single(s)
}

func notSmall(c rune) bool { return c < 'a' || c > 'z' }

// takeOff applies the first rule that fits.
func takeOff(s string, step []ending) string {
	for _, rule := range step {
		rest, ok := strings.CutSuffix(s, rule.End)
		if !ok || len(rest) < rule.Least {
			continue
		}
		if rule.To == "" && !strings.ContainsAny(rest, "aeiouy") {
			continue
		}
		if rule.To == "" && rule.End != "e" && len(rest) == 3 && short(rest) && rule.End != "s" {
			return rest + "e" // named, coding
		}
		return rest + rule.To
	}
	return s
}

// short reports whether a word is a vowel between two consonants, which had an e before its ending.
func short(s string) bool {
	return !isVowel(s[0]) && isVowel(s[1]) && !isVowel(s[2]) && !strings.ContainsRune("wxy", rune(s[2]))
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// single makes one letter of a double consonant at the end: stopp, which was stopped, is stop.
func single(s string) string {
	n := len(s)
	if n > 3 && s[n-1] == s[n-2] && !isVowel(s[n-1]) && s[n-1] != 's' {
		return s[:n-1]
	}
	return s
}
