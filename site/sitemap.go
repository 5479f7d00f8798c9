package site

import (
	"encoding/xml"
)

// The form of https://www.sitemaps.org/protocol.html, with the other languages of a page as search
// engines read them: https://developers.google.com/search/docs/specialty/international/localized-versions
type urlSet struct {
	XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	XHTML   string   `xml:"xmlns:xhtml,attr"`
	URLs    []urlLoc `xml:"url"`
}

type urlLoc struct {
	Loc        string    `xml:"loc"`
	LastMod    string    `xml:"lastmod,omitempty"`
	Alternates []urlLink `xml:"xhtml:link"`
}

type urlLink struct {
	Rel  string `xml:"rel,attr"`
	Lang string `xml:"hreflang,attr"`
	Href string `xml:"href,attr"`
}

// sitemap lists the pages that are the first address of what they show: no redirects, and no pages that
// show another language's text for want of a translation, and no drafts.
func sitemap(plan []page) ([]byte, error) {
	set := urlSet{XHTML: "http://www.w3.org/1999/xhtml"}
	for _, pg := range plan {
		f := pg.frame()
		if f.ID == "" || f.Foreign != "" || f.Draft {
			continue
		}
		u := urlLoc{Loc: f.Canonical, LastMod: f.Changed}
		for _, e := range f.Editions {
			u.Alternates = append(u.Alternates, urlLink{"alternate", e.Tag, e.Whole})
		}
		set.URLs = append(set.URLs, u)
	}
	data, err := xml.MarshalIndent(set, "", " ")
	return append([]byte(xml.Header), append(data, '\n')...), err
}
