// Package search makes the index that readers of the site search in, as scripts that a page can load
// from a server or from disk.
//
//	rules, err := search.NewRules(cache)
//	index := rules.Begin(search.Files{Folder: "en", Names: names, Stage: stage, Keep: keep, Read: read}, last)
//	err = index.Add("en/versions.html", search.Page{Title: "Versions", Sections: sections})
//	err = index.Keep("en/modules.html") // has not changed since last
//	last, err = index.End()
//
// The words of a page, with how much each counts there, need no other page. A page of the site is
// therefore one line of a shard, and a shard is the lines of 64 files: after an edit one shard is made
// anew, from the lines of the old one and one new line; and a build holds the shards that are not
// complete yet, and nothing of the others. What needs all pages, the number of pages that have a word,
// is counted in the browser.
//
// The script of a shard is
//
//	slipwaySearch([
//	["versions.html",{"t":"Versions","k":"chapter","l":"Chapter 3","s":[["the-build-list","The build list","Text …"]],"w":" build:1a list:1Z"}]
//	]);
//
// with a title, a kind, a label, sections of anchor, heading and text, and the words in the order
// in which scripts compare them. After a word stand pairs of digits of base 64: the section, 0 for the title, and the
// impact of the word there. A file may hold several pages, as the glossary does; they have an anchor
// "a". The manifest is loaded first:
//
//	slipwaySearch({"rules":{…},"shards":["search/3f2a….js"]});
//
// The browser takes queries apart by the same rules (rules.yaml) and the same steps:
// site/script/search/tokens.js is the twin of tokens.go, and testdata/tokens.json the table that both
// are held to.
package search

// A Page is what can be found: a page of the site, or a term of the glossary.
type Page struct {
	Title    string
	Kind     Kind
	Label    string // what a list shows beside the title, such as Chapter 3
	Anchor   string // of the page in its file; empty for the file itself
	Sections []Section
}

// A Section is a run of text below one heading.
type Section struct {
	Anchor  string // empty at the beginning of a page
	Heading string
	Text    string // without markup
}

// A Kind is the kind of a page. How much each counts stands in rules.yaml.
type Kind string

// The kinds of pages.
const (
	Chapter  Kind = "chapter"
	Exercise Kind = "exercise"
	Lab      Kind = "lab"
	Term     Kind = "term"
	Other    Kind = "page"
)
