package book_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/site/book"
	"github.com/slipway-workshop/slipway/site/book/booktest"
)

// page is a page of the site around a text.
func page(text string) []byte {
	return []byte(`<!DOCTYPE html><html lang="en"><head><title>package main</title></head><body><nav><a href="x.html">x</a></nav><main id="main">` +
		text + `</main></body></html>`)
}

// small is a book of two chapters with a task, and a glossary.
func small() *book.Book {
	return &book.Book{
		Title: "A & B", Description: "On <both>.", Language: "en", ID: "https://example.test/en/", URL: "https://example.test/en/",
		Modified: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC),
		Words:    book.Words{Contents: "Contents", Cover: "Cover", Accessibility: "All is text."},
		Parts: []book.Part{
			{Title: "One", Pages: []book.Page{
				{Name: "first", Kind: book.Chapter, Label: "Chapter 1", Title: "First", HTML: page(`<header class="intro"><h1>First</h1></header>
<nav class="toc"><a href="#a">A</a></nav>
<article class="text"><div class="heading"><h2 id="a">A</h2><a href="#a" aria-label="Link"></a></div>
<p>See <a href="#a">above</a>, <a href="2nd.html#a">there</a>, <a href="2nd.html">all of it</a>, <a class="term" href="glossary.html#term" data-definition="D">a term</a>,
<a href="x01-other.html">a variant</a>, <a href="x01.html#of-a-hint">a hint</a>, <a href="index.html#part-one">One</a>, <a href="https://go.dev/">Go</a>.<br>Next&nbsp;line</p>
<pre tabindex="0" role="group" aria-label="Code"><code>a &lt; b &amp;&amp; "c"</code></pre>
<figure><div class="figure" role="img" aria-label="F"><svg viewBox="0 0 8 8"><path d="M0 0h8"/><text textLength="8">t</text></svg></div></figure>
<details><summary>Answer</summary>42</details><p><img src="../assets/p.png" width="8" loading="lazy" decoding="async" alt="P"></p><button>Copy</button><script src="x.js"></script><section hidden>gone</section>
</article><footer>foot</footer>`)},
				{Name: "x01", Kind: book.Task, Label: "Exercise x01", Title: "Try", HTML: page(`<h1>Try</h1><h2 id="a">A</h2><section aria-labelledby="page-start"><h2 id="page-start">Start</h2></section>
<details class="hint"><summary>Hint 1</summary><h3 id="of-a-hint">H</h3></details><section aria-labelledby="page-checked"><h2 id="page-checked">Checked</h2></section>`)},
				{Name: "2nd", Kind: book.Chapter, Title: "第二章", Language: "zh", HTML: page(`<h1 lang="zh">第二章</h1><h2 id="a">A</h2><h3 id="中">中</h3><p><a href="#%E4%B8%AD">中</a></p>`)},
			}},
			{Pages: []book.Page{{Name: "glossary", Kind: book.Glossary, Title: "Glossary", HTML: page(`<h1>Glossary</h1><dl><div><dt id="term">Term</dt><dd>D</dd></div></dl>`)}}},
		},
		Image: func(src string) ([]byte, error) {
			if src != "../assets/p.png" {
				return nil, errors.New("no such image")
			}
			var out bytes.Buffer
			err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 8, 8)))
			return out.Bytes(), err
		},
	}
}

func TestText(t *testing.T) {
	parts, err := small().Text()
	if err != nil {
		t.Fatal(err)
	}
	first, task, second, glossary := parts[0][0].HTML, parts[0][1].HTML, parts[0][2].HTML, parts[1][0].HTML
	for _, tt := range []struct{ name, in, want string }{
		{"title", first, `<h3 class="h1" id="first">First</h3>`},
		{"heading", first, `<h4 id="first--a" class="h2">A</h4>`},
		{"same page", first, `<a href="#first--a">above</a>`},
		{"anchor of another page, whose name begins with a digit", first, `<a href="#_2nd--a">there</a>`},
		{"another page", first, `<a href="#_2nd">all of it</a>`},
		{"term", first, `<a class="term" href="#glossary--term">a term</a>`},
		{"what is not in the book", first, `<a href="https://example.test/en/x01-other.html">a variant</a>`},
		{"an anchor that is not in the book", first, `<a href="https://example.test/en/x01.html#of-a-hint">a hint</a>`},
		{"the first page of the site", first, `, One, `},
		{"the web", first, `<a href="https://go.dev/">Go</a>`},
		{"code", first, `<pre><code>`},
		{"answer", first, `<details open>`},
		{"image", first, `src="../assets/p.png"`},
		{"a task belongs to the chapter", task, `<h4 class="h1" id="x01">Try</h4>`},
		{"heading of a task", task, `<h5 id="x01--a" class="h2">A</h5>`},
		{"sections that share a name", task, `<section><h5 id="x01--page-checked"`},
		{"language", second, `<h3 lang="zh" class="h1" id="_2nd">`},
		{"anchor of any script", second, `<a href="#_2nd--中">`},
		{"no part", glossary, `<h2 class="h1" id="glossary">`},
		{"term of the glossary", glossary, `<dt id="glossary--term">`},
	} {
		if !strings.Contains(tt.in, tt.want) {
			t.Errorf("%s: no %s in\n%s", tt.name, tt.want, tt.in)
		}
	}
	for _, gone := range []string{"toc", "foot", "button", "script", "gone", "Hint", "Start", "tabindex", "lazy", "async", "data-", `aria-label="Link"`, `class="heading"`} {
		if strings.Contains(first+task, gone) {
			t.Errorf("%q is in the book", gone)
		}
	}
}

func TestEPUB(t *testing.T) {
	data, err := small().EPUB([]byte("p { margin: 0 }"))
	if err != nil {
		t.Fatal(err)
	}
	booktest.CheckEPUB(t, data)
	for name, wants := range map[string][]string{
		"EPUB/package.opf": {`<dc:title>A &amp; B</dc:title>`, `<meta property="dcterms:modified">2026-11-29T00:00:00Z</meta>`,
			`href="text/first.xhtml" media-type="application/xhtml+xml" properties="svg"`, `href="text/x01.xhtml" media-type="application/xhtml+xml"/>`,
			`href="image/p.png" media-type="image/png"`},
		"EPUB/nav.xhtml":        {`<a href="text/2nd.xhtml" lang="zh" xml:lang="zh">第二章</a>`, "<span>One</span>"},
		"EPUB/cover.svg":        {"A &amp; B", "On &lt;both&gt;."},
		"EPUB/text/first.xhtml": {`href="2nd.xhtml#_2nd--a"`, `<br/>`, `src="../image/p.png"`, `<h1 id="first">`, `xmlns="http://www.w3.org/2000/svg"`, `textLength="8"`, `role="doc-chapter"`},
		"EPUB/text/2nd.xhtml":   {`lang="zh" xml:lang="zh"`},
		"EPUB/text/x01.xhtml":   {`<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">`},
	} {
		text := file(t, data, name)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s in\n%s", name, want, text)
			}
		}
	}
}

// TestEPUBCheck judges what the course that ships does not hold yet: images, and another language.
func TestEPUBCheck(t *testing.T) {
	data, err := small().EPUB([]byte("p { margin: 0 }"))
	if err != nil {
		t.Fatal(err)
	}
	booktest.EPUBCheck(t, data)
}

func file(t *testing.T, epub []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(epub), int64(len(epub)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*book.Book)
		want   string
	}{
		{"no main", func(b *book.Book) { b.Parts[0].Pages[0].HTML = []byte("<p>x</p>") }, "book: page first has no <main>"},
		{"no images", func(b *book.Book) { b.Image = nil }, "book: image ../assets/p.png: use a PNG"},
		{"no such image", func(b *book.Book) {
			b.Image = func(string) ([]byte, error) { return nil, errors.New("missing") }
		}, "book: image ../assets/p.png: missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := small()
			tt.change(b)
			if _, err := b.EPUB(nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestStandalone(t *testing.T) {
	in := `<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="script-src 'self'"><link rel="icon" href="i.svg">` +
		`<link rel="stylesheet" href="a.css"><script src="x.js"></script></head><body><img src="p.png"></body></html>`
	out, err := book.Standalone([]byte(in), func(href string) ([]byte, error) {
		return map[string][]byte{"a.css": []byte("a > b { color: red }"), "p.png": []byte("png")}[href], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:; ` +
		`style-src &#39;sha256-RDzB+3FSh9MyImI8XD05MYe3wanlPKmfhyZzSgWyovw=&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"/>` +
		`<style>a > b { color: red }</style></head><body><img src="data:image/png;base64,cG5n"/></body></html>`
	if string(out) != want {
		t.Errorf("page is\n%s\nwant\n%s", out, want)
	}
}

func ExamplePart_Entries() {
	for _, e := range small().Parts[0].Entries() {
		fmt.Println(e.Title, len(e.Tasks))
	}
	// Output:
	// First 1
	// 第二章 0
}
