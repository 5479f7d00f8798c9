//go:build unix

package site_test

import (
	"bytes"
	"html/template"
	"os"
	"path/filepath"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// plainLoop renders each page with goldmark and chroma and writes it into a small frame.
func plainLoop(content, out string) error {
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(newPlainCode(), 100))))
	frame := template.Must(template.New("").Parse("<!doctype html><title>{{.Title}}</title><main>{{.Body}}</main>"))
	names, err := filepath.Glob(filepath.Join(content, "en", "*.md"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var body, page bytes.Buffer
		if err := md.Convert(src, &body); err != nil {
			return err
		}
		if err := frame.Execute(&page, map[string]any{"Title": name, "Body": template.HTML(body.String())}); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, filepath.Base(name)+".html"), page.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// plainCode highlights fenced blocks as an extension of goldmark would.
type plainCode struct {
	lexers map[string]chroma.Lexer
	format *chromahtml.Formatter
	style  *chroma.Style
}

func newPlainCode() *plainCode {
	p := &plainCode{lexers: map[string]chroma.Lexer{}, format: chromahtml.New(chromahtml.WithClasses(true)), style: styles.Get("github")}
	for _, lang := range []string{"go", "console", "yaml", "sh"} {
		p.lexers[lang] = lexers.Get(lang)
	}
	return p
}

func (p *plainCode) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindFencedCodeBlock, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		code := n.(*ast.FencedCodeBlock)
		it, err := p.lexers[string(code.Language(src))].Tokenise(nil, string(code.Lines().Value(src)))
		if err != nil {
			return ast.WalkStop, err
		}
		return ast.WalkContinue, p.format.Format(w, p.style, it)
	})
}
