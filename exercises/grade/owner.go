package grade

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	archiveSuffix = regexp.MustCompile(`(?i)\.(zip|tar\.gz|tgz)$`)
	copySuffix    = regexp.MustCompile(`^(.+) \(\d+\)$`)                         // of a browser: ada (2)
	trySuffix     = regexp.MustCompile(`^(.+)[-_]\d+$`)                          // ada-2, ada_2
	moodleName    = regexp.MustCompile(`^(.+)_\d+_assignsubmission_file(_.*)?$`) // Ada Lovelace_123_assignsubmission_file_
	canvasName    = regexp.MustCompile(`^([^_]+)_(?:LATE_)?(\d+)_\d+_.+$`)       // lovelaceada_LATE_123_456_work
)

// find returns the person of the roster whom the name of a file or folder means, without its extension. A name that
// could mean several is an error; one that means nobody gives nil.
func (r Roster) find(name string) (*Person, error) {
	name = norm.NFC.String(name)
	names := []string{name}
	for _, form := range []*regexp.Regexp{moodleName, copySuffix, trySuffix} {
		if m := form.FindStringSubmatch(name); m != nil {
			names = append(names, m[1])
		}
	}
	for _, n := range names {
		if p, err := r.exactly(n); p != nil || err != nil {
			return p, err
		}
	}
	if m := canvasName.FindStringSubmatch(name); m != nil {
		if p, err := r.exactly(m[2]); p != nil || err != nil {
			return p, err
		}
		return r.one(name, func(p Person) bool { return slices.Contains(canvasForms(p.Name), m[1]) })
	}
	return nil, nil
}

// exactly finds a person by id, then by email, then by what stands before the @ of it, then by name.
func (r Roster) exactly(name string) (*Person, error) {
	for _, is := range []func(Person) bool{
		func(p Person) bool { return p.ID == name },
		func(p Person) bool { return p.Email != "" && strings.EqualFold(p.Email, name) },
		func(p Person) bool {
			local, _, ok := strings.Cut(p.Email, "@")
			return ok && strings.EqualFold(local, name)
		},
		func(p Person) bool { return p.Name != "" && p.Name == name },
	} {
		if p, err := r.one(name, is); p != nil || err != nil {
			return p, err
		}
	}
	return nil, nil
}

func (r Roster) one(name string, is func(Person) bool) (*Person, error) {
	var found *Person
	for i, p := range r {
		switch {
		case !is(p):
		case found != nil:
			return nil, fmt.Errorf("%q can be %s or %s of the roster: name it by the id", name, found.ID, p.ID)
		default:
			found = &r[i]
		}
	}
	return found, nil
}

// canvasForms returns a name as Canvas writes it before names of files: without anything but letters and digits, in
// lower case, the family name first, of which the roster does not say where it begins.
func canvasForms(name string) []string {
	words := strings.Fields(strings.ReplaceAll(name, ",", " "))
	var forms []string
	for i := range words {
		form := strings.Join(slices.Concat(words[i:], words[:i]), "")
		forms = append(forms, strings.Map(func(r rune) rune {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, form))
	}
	return forms
}

// guess returns the id of a learner whom no roster knows: the name, without the suffix of an attempt. A number after a
// dash or an underscore is one only where there is work under the name without it, since ids may end so.
func guess(name string, others map[string]bool) string {
	name = norm.NFC.String(name)
	if m := moodleName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	if m := copySuffix.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	if m := trySuffix.FindStringSubmatch(name); m != nil && others[m[1]] {
		return m[1]
	}
	return name
}
