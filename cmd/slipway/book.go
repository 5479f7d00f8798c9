package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/site"
	"github.com/slipway-workshop/slipway/site/book"
	"github.com/spf13/cobra"
)

// bookFormats are the forms of the course in one file.
var bookFormats = []string{"html", "epub", "pdf"}

func (a *app) bookCommand() *cobra.Command {
	var format, lang, out string
	cmd := &cobra.Command{
		Use:     "book",
		GroupID: groupAuthor,
		Short:   "Write the whole course as one file: a page, an EPUB or a PDF",
		Long: `Book writes the course as one file to read elsewhere or to print: all chapters with the texts of their
exercises and labs, and the glossary. Hints and solutions stay out.

The page needs no other file. The PDF is printed by Chromium, Chrome or Edge, which is looked for under
the names that systems use; SLIPWAY_CHROMIUM=path names another one.`,
		Example: "  slipway book --format epub\n  slipway book --format pdf --out course.pdf",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(bookFormats, format) {
				return usagef("unknown format %q: use %s", format, strings.Join(bookFormats, ", "))
			}
			return a.book(cmd.Context(), format, lang, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "html", "form of the file: html, epub or pdf")
	cmd.Flags().StringVar(&lang, "language", content.Source, "language of the course")
	cmd.Flags().StringVar(&out, "out", "", "name of the file (default: that of the course, its language and the format, such as slipway-en.pdf)")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(bookFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// book builds the site in a folder of its own and takes the book from there.
func (a *app) book(ctx context.Context, format, lang, out string) error {
	browser := ""
	if format == "pdf" {
		var err error
		if browser, err = findBrowser(os.Getenv); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "slipway-book-")
	if err != nil {
		return fmt.Errorf("make book: %w", err)
	}
	defer os.RemoveAll(dir)
	epub, err := a.buildBook(ctx, filepath.Join(dir, "site"), lang)
	if err != nil {
		return err
	}
	page := filepath.Join(dir, "site", lang, site.BookName)
	var data []byte
	switch format {
	case "html":
		data, err = standalone(page)
	case "epub":
		data, err = os.ReadFile(epub)
	case "pdf":
		a.note("Printing with %s …\n", browser)
		data, err = printPDF(ctx, browser, page, dir)
	}
	if err != nil {
		return fmt.Errorf("make book: %w", err)
	}
	if out == "" {
		out = strings.TrimSuffix(filepath.Base(epub), ".epub") + "-" + lang + "." + format
	}
	if err := atomicfile.Write(out, data); err != nil {
		return err
	}
	a.say("Wrote %s (%d kB)\n", out, (len(data)+999)/1000)
	return nil
}

// buildBook builds the site with its books and returns the name of the EPUB in a language.
func (a *app) buildBook(ctx context.Context, dir, lang string) (epub string, err error) {
	c, err := a.open()
	if err != nil {
		return "", err
	}
	if !slices.Contains(c.Languages, lang) {
		return "", usagef("book: the course has no language %q: use %s", lang, strings.Join(c.Languages, ", "))
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	report, err := site.Build(ctx, site.Options{
		Content: c.content, Tasks: c.catalog.tasks(), Out: dir, Cache: filepath.Join(cache, "highlight"), Publish: true,
	})
	if err != nil {
		return "", err
	}
	for _, name := range report.Written {
		if path.Dir(name) == lang && path.Ext(name) == ".epub" {
			return filepath.Join(dir, filepath.FromSlash(name)), nil
		}
	}
	return "", fmt.Errorf("make book: the build wrote no EPUB in %q", lang)
}

// standalone takes all that a page of a site is shown with into the page.
func standalone(page string) ([]byte, error) {
	data, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	return book.Standalone(data, func(href string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(page), filepath.FromSlash(href)))
	})
}
