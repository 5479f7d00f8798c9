package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// size is a flag in bytes, written as Kubernetes writes quantities.
type size int64

func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

func (s *size) Set(text string) error {
	n, err := parseSize(text)
	*s = size(n)
	return err
}

func parseSize(text string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"", 1}}
	for _, u := range units {
		if number, ok := strings.CutSuffix(text, u.suffix); ok {
			n, err := strconv.ParseInt(number, 10, 40)
			if err != nil || n < 0 {
				return 0, fmt.Errorf("%q is not a size such as 64Mi", text)
			}
			return n * u.bytes, nil
		}
	}
	return 0, fmt.Errorf("%q is not a size such as 64Mi", text)
}

// share is a flag for a part of all: 0.3 or 30%.
type share float64

func (s *share) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64)
}

func (s *share) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(number, 64)
	if percent {
		f /= 100
	}
	if err != nil || f < 0 || f > 1 {
		return errors.New("a share is written 0.3 or 30%")
	}
	*s = share(f)
	return nil
}

// list is a flag of values with commas between them. Given again it starts anew.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	*l = nil
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*l = append(*l, part)
		}
	}
	return nil
}

// ports is a list of port numbers.
type ports struct{ list }

func (p *ports) Set(text string) error {
	if err := p.list.Set(text); err != nil {
		return err
	}
	for _, port := range p.list {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return fmt.Errorf("port %q is not a number from 0 (any free one) to 65535", port)
		}
	}
	return nil
}

// repeated is a flag that may be given several times.
type repeated []string

func (r *repeated) String() string { return strings.Join(*r, ", ") }

func (r *repeated) Set(text string) error {
	*r = append(*r, text)
	return nil
}
