package render

import (
	"path"
	"strings"

	"github.com/slipway-workshop/slipway/content/fence"
	"github.com/yuin/goldmark/ast"
)

// fence renders a fenced block. The markup of all kinds follows one rule, so that a copy button
// needs to know only that: what a reader would paste is the text of <code> without the elements of
// the classes ps (prompts and signs), out (output), del (removed lines) and hunk.
func (p *page) fence(n *ast.FencedCodeBlock) {
	var line []byte
	if n.Info != nil {
		line = n.Info.Segment.Value(p.src.Text)
	}
	info, err := fence.ParseInfo(string(line))
	if err != nil {
		p.fail(n.Pos(), "%w", err)
		return
	}
	if at, err := fence.CheckEnd(p.src.Text, n); err != nil {
		p.fail(at, "%w", err)
		return
	}
	code := string(n.Lines().Value(p.src.Text))
	var html string
	switch info.Lang {
	case "goat":
		html, err = figure(info.Attrs["caption"], code)
		p.text.add(info.Attrs["caption"])
	case "console":
		html, err = p.console(info, code)
	case "diff":
		p.checkWidth(n)
		html, err = p.diff(info, code)
	default:
		p.checkWidth(n)
		html, err = p.listing(info, code)
	}
	switch title := info.Attrs["tab"]; {
	case err != nil:
		p.fail(n.Pos(), "%w", err)
	case title != "":
		p.tab(n, title, html)
	default:
		replace(n, &element{before: html}, false)
	}
}

func (p *page) listing(info fence.Info, code string) (string, error) {
	html, err := p.code.html(info.Lang, code)
	if err != nil {
		return "", err
	}
	if html, err = markLines(html, info.Attrs["mark"]); err != nil {
		return "", err
	}
	p.text.add(code)
	name := strings.ReplaceAll(p.r.words.Code, "{lang}", info.Lang)
	return p.block(info, "", name, html), nil
}

// block puts rendered code into its frame: what stands in the head, and the name that a screen
// reader says when the block, which can be scrolled, gets the focus.
func (p *page) block(info fence.Info, class, name, html string) string {
	var head string
	if file := info.File(); file != "" {
		head = `<span class="file">` + escape(file) + `</span>`
		name = strings.ReplaceAll(p.r.words.FileOf, "{file}", file)
	}
	if reason := info.Attrs["norun"]; reason != "" {
		head = `<span class="norun">` + escape(strings.ReplaceAll(p.r.words.NotRun, "{reason}", reason)) + `</span>`
	}
	if head != "" {
		head = `<div class="head">` + head + `</div>`
	}
	if class != "" {
		class = " " + class
	}
	return `<div class="code` + class + `">` + head + `<pre tabindex="0" role="group" aria-label="` + escape(name) + `"><code>` +
		html + "</code></pre></div>\n"
}

// console renders commands and output. The prompts are elements of their own, which neither a
// selection nor the copy button takes.
func (p *page) console(info fence.Info, code string) (string, error) {
	steps, err := fence.Console([]byte(code))
	if err != nil {
		return "", err
	}
	if info.Attrs["norun"] == "" {
		p.out.Commands++
	} else {
		p.out.NotRun++
	}
	var b strings.Builder
	for _, s := range steps {
		p.text.add(s.Command + "\n" + s.Output)
		command := strings.ReplaceAll(escapeCode(s.Command), "\n", "\n"+sign("&gt; "))
		b.WriteString(`<span class="cmd">` + sign("$ ") + command + "\n</span>")
		if s.Output != "" {
			b.WriteString(`<span class="out">` + escapeCode(s.Output) + "</span>")
		}
	}
	return p.block(info, "console", p.r.words.Console, b.String()), nil
}

func sign(html string) string { return `<span class="ps">` + html + "</span>" }

// diff renders changes: the sign of each line, and the code in the colours of its language, which
// the file's name tells.
func (p *page) diff(info fence.Info, code string) (string, error) {
	lines, err := fence.Diff([]byte(code))
	if err != nil {
		return "", err
	}
	bare := make([]string, len(lines))
	for i, line := range lines {
		if line.Kind != '@' {
			bare[i] = line.Text
		}
	}
	p.text.add(strings.Join(bare, "\n"))
	html, err := p.code.html(languageOf(info.File()), strings.Join(bare, "\n"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, line := range strings.Split(html, "\n") {
		if i < len(lines) {
			b.WriteString(diffLine(lines[i], line))
		}
	}
	return p.block(info, "diff", p.r.words.Changes, b.String()), nil
}

// diffLine renders a line of a diff, whose text in colours is html.
func diffLine(line fence.Line, html string) string {
	switch line.Kind {
	case '+':
		return `<span class="ins">` + sign("+") + html + "\n</span>"
	case '-':
		return `<span class="del">` + sign("-") + html + "\n</span>"
	case ' ':
		return sign(" ") + html + "\n"
	}
	return `<span class="hunk">` + escapeCode(line.Text) + "\n</span>"
}

// languageOf is the language of a file, as fences name it.
func languageOf(file string) string {
	base := strings.ToLower(path.Base(file))
	switch base {
	case "go.mod":
		return "gomod"
	case "go.sum":
		return "gosum"
	case "go.work":
		return "gowork"
	case "dockerfile", "makefile":
		return base
	}
	switch ext := strings.TrimPrefix(path.Ext(base), "."); ext {
	case "yml":
		return "yaml"
	case "md":
		return "markdown"
	case "go", "html", "json", "sh", "toml", "xml", "yaml":
		return ext
	}
	return "text"
}
