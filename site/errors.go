package site

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/slipway-workshop/slipway/content/frontmatter"
)

// sorted returns the errors that err joins, each once and on lines of its own, in the order of their
// places. Errors without a place come first.
func sorted(err error) error {
	errs := flatten(err)
	slices.SortStableFunc(errs, func(a, b error) int {
		p, q := place(a), place(b)
		return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
	})
	errs = slices.CompactFunc(errs, func(a, b error) bool { return a.Error() == b.Error() })
	if len(errs) == 0 || place(errs[len(errs)-1]).File == "" {
		return errors.Join(errs...)
	}
	return fmt.Errorf("the course has mistakes:\n%w", errors.Join(errs...))
}

// flatten returns the errors that err joins; none for nil.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, flatten(e)...)
	}
	return errs
}

func place(err error) frontmatter.Position {
	var at *frontmatter.Error
	if errors.As(err, &at) {
		return at.Pos
	}
	return frontmatter.Position{}
}
