package site_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/site"
)

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 64.5 32">`

// picture encodes a picture with the given size.
func picture(t *testing.T, kind string, width, height int) string {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// webp is a picture of 1 by 1 pixel without loss.
const webp = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

// show adds a line that shows an image to a page.
func show(fsys fstest.MapFS, page, name string) {
	set(fsys, page, string(fsys[page].Data)+"\n![What it shows]("+name+")\n")
}

func TestImages(t *testing.T) {
	fsys := course(t)
	for name, data := range map[string]string{
		"a.png": picture(t, "png", 30, 20), "b.jpg": picture(t, "jpg", 31, 21), "c.gif": picture(t, "gif", 32, 22), "d.webp": webp,
		"e.svg": svgHead + `<a href="#x"/><g fill="url(#x)" id="x"/></svg>`, "unused.png": "damaged", "README.md": "text",
	} {
		set(fsys, "images/"+name, data)
	}
	cat := tasks()
	cat[0].Text += "\n![The first](a.png)\n"
	for _, name := range []string{"a.png", "b.jpg", "c.gif", "d.webp", "e.svg"} {
		show(fsys, "en/versions.md", name)
	}
	_, got := build(t, site.Options{Content: fsys, Tasks: cat})
	var names []string
	for name := range got {
		if strings.HasPrefix(name, "assets/") && len(name) < len("assets/a-0123456789.webp")+1 {
			names = append(names, name[:len("assets/a-")])
			page := got["en/versions.html"]
			if strings.Count(page, `src="../`+name+`"`) != 1 {
				t.Errorf("page does not show %s once", name)
			}
		}
	}
	slices.Sort(names)
	if want := []string{"assets/a-", "assets/b-", "assets/c-", "assets/d-", "assets/e-"}; !slices.Equal(names, want) {
		t.Errorf("images of the site are %v, want %v", names, want)
	}
	for _, want := range []string{`width="30" height="20"`, `width="31" height="21"`, `width="32" height="22"`, `width="1" height="1"`, `width="65" height="32"`} {
		if !strings.Contains(got["en/versions.html"], want) {
			t.Errorf("page holds no %s", want)
		}
	}
	checkPages(t, got)
}

func TestImageMistakes(t *testing.T) {
	noise := make([]byte, 500_001)
	small := picture(t, "png", 30, 20)
	tests := []struct{ name, file, data, want string }{
		{"missing", "a.png", "", `no such file: put it into content/images`},
		{"type", "a.bmp", "BM", `names of images are in small letters, digits, - and _, and end with .png`},
		{"name", "A.png", small, `names of images are in small letters`},
		{"large", "a.png", string(noise), `file has 500001 bytes: make it smaller than 500000`},
		{"wide", "a.png", picture(t, "png", 3001, 1), `image is huge, 3001 by 1 pixels`},
		{"high", "a.gif", picture(t, "gif", 1, 3001), `image is huge, 1 by 3001 pixels`},
		{"damaged", "a.png", small[:len(small)-20], `file is damaged`},
		{"other type", "a.png", picture(t, "jpg", 3, 2), `file is of the type jpeg: name it so`},
		{"text", "a.png", "text", `file is damaged`},
		{"SVG script", "a.svg", svgHead + "\n<script>x</script></svg>", `line 2 of the SVG: element <script> is not allowed`},
		{"SVG style", "a.svg", svgHead + "<style/></svg>", `element <style>`},
		{"SVG style attribute", "a.svg", svgHead + `<g style="fill: red"/></svg>`, `attribute style is not allowed`},
		{"SVG event", "a.svg", svgHead + `<g onLoad="x"/></svg>`, `attribute onLoad is not allowed`},
		{"SVG HTML", "a.svg", svgHead + `<foreignObject/></svg>`, `element <foreignObject>`},
		{"SVG link", "a.svg", svgHead + `<a xlink:href="https://example.test"/></svg>`, `href="https://example.test" leads out of the image`},
		{"SVG image", "a.svg", svgHead + `<image href="b.png"/></svg>`, `href="b.png" leads out`},
		{"SVG paint", "a.svg", svgHead + `<g fill="url( 'b.svg#x')"/></svg>`, `leads out of the image`},
		{"SVG document type", "a.svg", "<!DOCTYPE svg>" + svgHead + "</svg>", `SVG has a document type`},
		{"SVG stylesheet", "a.svg", `<?xml-stylesheet href="a.css"?>` + svgHead + "</svg>", `SVG has an instruction <?xml-stylesheet`},
		{"SVG without size", "a.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="100%"/>`, `SVG has no size`},
		{"SVG without space", "a.svg", `<svg width="1" height="1"/>`, `file is no SVG`},
		{"SVG cut off", "a.svg", svgHead + "<g>", `file is damaged`},
		{"SVG of nothing", "a.svg", " ", `file is damaged`},
		{"SVG wide", "a.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="4000px" height="9"/>`, `image is huge, 4000 by 9`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := course(t)
			if tt.data != "" {
				set(fsys, "images/"+tt.file, tt.data)
			}
			set(fsys, "en/modules.md", "---\nnumber: 1\ntitle: T\noutcome: O.\nminutes: 1\n---\n## One\n\n![A]("+tt.file+")\n\n## Deeper\n")
			_, err := site.Build(context.Background(), site.Options{Content: fsys, Tasks: tasks(), Out: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), `en/modules.md:9:1: image "`+tt.file+`": `) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant    %s", err, tt.want)
			}
		})
	}
}

// TestImageChanges changes an image between builds, as an author does.
func TestImageChanges(t *testing.T) {
	for _, times := range []bool{false, true} {
		fsys, cat, out := course(t), tasks(), t.TempDir()
		b, err := site.NewBuilder(site.Options{Content: fsys, Out: out})
		if err != nil {
			t.Fatal(err)
		}
		asset := ""
		step := func(name string, change func(), err string, rendered int, written ...string) {
			t.Helper()
			old := maps.Clone(fsys)
			change()
			touch(fsys, old, times)
			report, got := b.Build(context.Background(), cat)
			if err != "" {
				if got == nil || !strings.Contains(got.Error(), err) {
					t.Fatalf("%s: error = %v, want %s", name, got, err)
				}
				return
			}
			if got != nil {
				t.Fatalf("%s: %v", name, got)
			}
			var names, removed []string
			for _, w := range report.Written {
				if strings.HasPrefix(w, "assets/a-") {
					asset, w = w, "assets/a-"
				}
				if strings.HasPrefix(w, "assets/a-") || path.Ext(w) == ".html" {
					names = append(names, w)
				}
			}
			for _, w := range report.Removed {
				if strings.HasPrefix(w, "assets/a-") {
					removed = append(removed, "assets/a-")
				}
			}
			if report.Rendered != rendered || !slices.Equal(append(names, removed...), written) {
				t.Errorf("%s: %d pages rendered, written %v, removed %v; want %d, %v", name, report.Rendered, names, removed, rendered, written)
			}
			if _, fresh := build(t, site.Options{Content: fsys, Tasks: cat}); !maps.Equal(fresh, files(t, out)) {
				t.Errorf("%s: the folder is not what a build from nothing gives", name)
			}
		}
		set(fsys, "images/a.png", picture(t, "png", 2, 2))
		touch(fsys, nil, times)
		if _, err := b.Build(context.Background(), cat); err != nil {
			t.Fatal(err)
		}
		step("shown", func() { show(fsys, "en/versions.md", "a.png") }, "", 1, "assets/a-", "en/versions.html")
		step("nothing", func() {}, "", 0)
		step("shown twice", func() { show(fsys, "en/nodes.md", "a.png") }, "", 1, "en/nodes.html")
		first := asset
		step("changed", func() { set(fsys, "images/a.png", picture(t, "png", 4, 4)) }, "", 2, "assets/a-", "en/nodes.html", "en/versions.html", "assets/a-")
		if first == asset {
			t.Error("a changed image has the same name")
		}
		step("gone", func() { delete(fsys, "images/a.png") }, `image "a.png": no such file`, 0)
		step("back", func() { set(fsys, "images/a.png", picture(t, "png", 4, 4)) }, "", 0)
		step("no longer shown", func() {
			replace(t, fsys, "en/versions.md", "\n![What it shows](a.png)\n", "")
			replace(t, fsys, "en/nodes.md", "\n![What it shows](a.png)\n", "")
		}, "", 2, "en/nodes.html", "en/versions.html", "assets/a-")
	}
}
