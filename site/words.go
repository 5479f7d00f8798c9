package site

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/site/render"
)

// words are the words of the site in one language, as i18n/<lang>.yaml gives them.
type words struct {
	Tag           text `yaml:"tag"`  // of the language, as HTML writes it
	Name          text `yaml:"name"` // of the language, in itself
	Languages     text `yaml:"languages"`
	Separator     text `yaml:"separator"` // between the things of a list
	Labelled      text `yaml:"labelled"`
	Breadcrumbs   text `yaml:"breadcrumbs"`
	Foreign       text `yaml:"foreign"`
	Skip          text `yaml:"skip"`
	Menu          text `yaml:"menu"`
	NavToggle     text `yaml:"nav-toggle"`
	Theme         text `yaml:"theme"`
	Search        text `yaml:"search"`
	Glossary      text `yaml:"glossary"`
	Source        text `yaml:"source"`
	CourseNav     text `yaml:"course-nav"`
	OtherParts    text `yaml:"other-parts"`
	OnThisPage    text `yaml:"on-this-page"`
	Pages         text `yaml:"pages"`
	Previous      text `yaml:"previous"`
	Next          text `yaml:"next"`
	Chapter       text `yaml:"chapter"`
	Exercise      text `yaml:"exercise"`
	Lab           text `yaml:"lab"`
	Draft         text `yaml:"draft"`
	Outcome       text `yaml:"outcome"`
	BeforeChapter text `yaml:"before-chapter"`
	BeforeTask    text `yaml:"before-task"`

	Minutes  plural `yaml:"minutes"`
	Points   plural `yaml:"points"`
	Tasks    plural `yaml:"tasks"`
	Chapters plural `yaml:"chapters"`

	FollowAlong        text `yaml:"follow-along"`
	Verified           text `yaml:"verified"`
	VerifiedKubernetes text `yaml:"verified-kubernetes"`
	NotVerified        text `yaml:"not-verified"`
	Changed            text `yaml:"changed"`
	Moved              text `yaml:"moved"`
	Edit               text `yaml:"edit"`
	Markdown           text `yaml:"markdown"`
	Exercises          text `yaml:"exercises"`
	Objectives         text `yaml:"objectives"`
	Start              text `yaml:"start"`
	StartFirst         text `yaml:"start-first"`
	StartShell         text `yaml:"start-shell"`
	StartCheck         text `yaml:"start-check"`
	Checked            text `yaml:"checked"`
	Hint               text `yaml:"hint"`
	Variants           text `yaml:"variants"`
	VariantsText       text `yaml:"variants-text"`

	HomeWhat        text `yaml:"home-what"`
	HomeWhatText    text `yaml:"home-what-text"`
	HomeWhom        text `yaml:"home-whom"`
	HomeWhomText    text `yaml:"home-whom-text"`
	HomeRead        text `yaml:"home-read"`
	HomeTry         text `yaml:"home-try"`
	HomeShot        text `yaml:"home-shot"`
	HomeShotCaption text `yaml:"home-shot-caption"`
	HomeBegin       text `yaml:"home-begin"`
	HomeServe       text `yaml:"home-serve"`
	HomeInstall     text `yaml:"home-install"`
	HomeStart       text `yaml:"home-start"`
	HomeWatch       text `yaml:"home-watch"`
	HomeCourse      text `yaml:"home-course"`
	GlossaryLead    text `yaml:"glossary-lead"`
	NotFound        text `yaml:"not-found"`
	NotFoundText    text `yaml:"not-found-text"`
	NotFoundHome    text `yaml:"not-found-home"`
	Redirect        text `yaml:"redirect"`

	Book   bookWords         `yaml:"book"`
	Render render.Words      `yaml:"render"`
	Script map[string]string `yaml:"script"` // what scripts show; they know it as WORDS
}

func readWords(lang string) (*words, error) {
	name := path.Join("i18n", lang+".yaml")
	src, err := embedded.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("site in language %q: %w", lang, err)
	}
	w := &words{}
	if err := frontmatter.New("site/"+name, src, 0, 0).Decode(w); err != nil {
		return nil, err
	}
	return w, nil
}

// A text may hold places such as {go}.
type text string

// With puts values into the places, which are given by name: With("go", "go1.26", "date", day).
func (t text) With(namesAndValues ...any) (string, error) {
	s := string(t)
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		place := fmt.Sprintf("{%v}", namesAndValues[i])
		if !strings.Contains(s, place) {
			return "", fmt.Errorf("text %q has no place %s", t, place)
		}
		s = strings.ReplaceAll(s, place, fmt.Sprint(namesAndValues[i+1]))
	}
	return s, nil
}

// A plural is a text with a number. Languages that know no plural give the same text twice.
type plural struct {
	One   string `yaml:"one"`
	Other string `yaml:"other"`
}

// Of is the text for a number.
func (p plural) Of(n int) string {
	form := p.Other
	if n == 1 {
		form = p.One
	}
	return strings.ReplaceAll(form, "{n}", strconv.Itoa(n))
}
