package site

import (
	"errors"

	"github.com/slipway-workshop/slipway/content"
)

// files stages what is not a page.
func (b *Builder) files(courses []*content.Course, plan []page) error {
	p := planner{Builder: b, course: courses[0]}
	sitemap, err := sitemap(plan)
	if err != nil {
		return err
	}
	all := map[string][]byte{
		"sitemap.xml": sitemap,
		"robots.txt":  []byte("User-agent: *\nAllow: /\nSitemap: " + p.url() + "sitemap.xml\n"),
		"llms.txt":    p.overview(),
	}
	for name, data := range b.assets.files {
		all[name] = data
	}
	var errs []error
	for name, data := range all {
		errs = append(errs, b.out.stage(name, data))
	}
	return errors.Join(errs...)
}
