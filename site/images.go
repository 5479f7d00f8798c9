package site

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // a format of images
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/site/render"
	_ "golang.org/x/image/webp" // likewise
)

// What an image may be at most: pages are read on telephones too.
const (
	largestImage = 500_000 // bytes
	widestImage  = 3_000   // pixels, and highest
)

// imageFolder is the folder of the content that holds the images of all languages.
const imageFolder = "images"

// A picture is an image as it was when it was last looked at.
type picture struct {
	stamp         stamp
	asset         string // its name in the site
	width, height int
	err           error // what is wrong with it
}

// images remembers the images of the content, so that each is read again only after a change.
type images struct {
	mu    sync.Mutex
	known map[string]picture
}

func newImages() *images { return &images{known: map[string]picture{}} }

// image finds an image for a page of a language. It may be called by several goroutines.
func (b *Builder) image(name string) (render.Image, error) {
	p := b.picture(name)
	return render.Image{Address: "../" + p.asset, Width: p.width, Height: p.height}, p.err
}

// picture looks at an image, unless it is as it was.
func (b *Builder) picture(name string) picture {
	b.images.mu.Lock()
	defer b.images.mu.Unlock()
	if !imageName.MatchString(name) {
		return picture{err: errors.New("names of images are in small letters, digits, - and _, and end with .png, .jpg, .gif, .webp or .svg")}
	}
	now, err := b.stamp(path.Join(imageFolder, name))
	if err != nil {
		return picture{err: err}
	}
	old, ok := b.images.known[name]
	if !ok || old.stamp != now {
		old = b.look(name)
		old.stamp = now
		b.images.known[name] = old
	}
	return old
}

var imageName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*\.(png|jpg|gif|webp|svg)$`)

// look reads an image and judges it.
func (b *Builder) look(name string) (p picture) {
	data, err := fs.ReadFile(b.opt.Content, path.Join(imageFolder, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return picture{err: fmt.Errorf("no such file: put it into content/%s", imageFolder)}
	case err != nil:
		return picture{err: err}
	case len(data) > largestImage:
		return picture{err: fmt.Errorf("file has %d bytes: make it smaller than %d", len(data), largestImage)}
	}
	ext := path.Ext(name)
	if p.width, p.height, err = imageSize(strings.TrimPrefix(ext, "."), data); err != nil {
		return picture{err: err}
	}
	if max(p.width, p.height) > widestImage {
		return picture{err: fmt.Errorf("image is huge, %d by %d pixels: make it at most %d wide and high", p.width, p.height, widestImage)}
	}
	p.asset = assetName(name, data)
	return p
}

// imageSize returns the size of an image whose every byte can be read.
func imageSize(kind string, data []byte) (width, height int, err error) {
	if kind == "svg" {
		return svgSize(data)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && max(c.Width, c.Height) <= widestImage {
		_, _, err = image.Decode(bytes.NewReader(data))
	}
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("file is damaged: %w", err)
	case strings.Replace(format, "jpeg", "jpg", 1) != kind:
		return 0, 0, fmt.Errorf("file is of the type %s: name it so", format)
	}
	return c.Width, c.Height, nil
}

// shown names the state of images, so that a page is rendered again when one has changed.
func (b *Builder) shown(names []string) string {
	var all strings.Builder
	for _, name := range names {
		p := b.picture(name)
		fmt.Fprintln(&all, p.asset, p.err)
	}
	return all.String()
}

// stageImages stages the images that pages show. Those that are in the site already stay there.
func (b *Builder) stageImages(pages map[string]built) error {
	var names []string
	for _, p := range pages {
		names = append(names, p.images...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		asset := b.picture(name).asset
		if b.out.has(asset) {
			b.out.keep(asset)
			continue
		}
		data, err := fs.ReadFile(b.opt.Content, path.Join(imageFolder, name))
		if err == nil && assetName(name, data) != asset {
			err = errors.New("it changed while the site was built: build again")
		}
		if err == nil {
			err = b.out.stage(asset, data)
		}
		if err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
	}
	return nil
}

// assetName is the name of a shared file in the site, which holds a part of its digest.
func assetName(file string, data []byte) string {
	ext := path.Ext(file)
	return fmt.Sprintf("assets/%s-%s%s", strings.TrimSuffix(file, ext), content.Digest(data)[:10], ext)
}
