//go:build !unix

package classtest

import "errors"

func mkfifo(string) error { return errors.ErrUnsupported }
