package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site"
	"github.com/slipway-workshop/slipway/site/companion"
)

// BenchmarkServeEdit builds a course of 1,000 chapters again after an edit of one, as slipway serve does.
func BenchmarkServeEdit(b *testing.B) {
	const chapters = 1000
	dir := filepath.Join(b.TempDir(), "course")
	if err := os.CopyFS(dir, os.DirFS("testdata/course")); err != nil {
		b.Fatal(err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		return string(data)
	}
	write := func(name, data string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	page, slugs := read("content/en/greeting.md"), "greeting"
	for n := 2; n <= chapters; n++ {
		slug := fmt.Sprintf("c%04d", n)
		slugs += ", " + slug
		write("content/en/"+slug+".md", strings.Replace(page, "number: 1\n", fmt.Sprintf("number: %d\n", n), 1))
	}
	write("content/course.yaml", strings.Replace(read("content/course.yaml"), "[greeting]", "["+slugs+"]", 1))

	a := &app{out: io.Discard, err: io.Discard, courseDir: dir}
	c, err := a.open()
	if err != nil {
		b.Fatal(err)
	}
	out := b.TempDir()
	server, err := companion.New(companion.Options{Dir: out, Checker: pageChecker{a}})
	if err != nil {
		b.Fatal(err)
	}
	l, err := a.newLive(b.Context(), c, site.Options{Out: out, URL: "http://127.0.0.1:8080/"}, server)
	if err != nil {
		b.Fatal(err)
	}
	if err := l.build(b.Context()); err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		write("content/en/c0500.md", strings.Replace(page, "number: 1\n", "number: 500\n", 1)+fmt.Sprintf("\nEdit %d.\n", n))
		if err := l.build(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
