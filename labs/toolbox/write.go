package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

func writeCommand() command {
	return command{
		name: "write", args: "FILE [TEXT…]", min: 1, short: "writes a line of text, or standard input, to a file",
		flags: func(set *flag.FlagSet) action {
			w := &writer{}
			set.BoolVar(&w.append, "append", false, "add to the file in place of writing it anew")
			set.BoolVar(&w.timestamp, "timestamp", false, "put the time (RFC 3339) before each line")
			set.DurationVar(&w.every, "every", 0, "`TIME` after which the line is added again, and again")
			set.IntVar(&w.count, "count", 0, "`NUMBER` of lines with --every; 0 for no end")
			return w.run
		},
	}
}

type writer struct {
	append, timestamp bool
	every             time.Duration
	count             int
}

func (w *writer) run(ctx context.Context, c *call) error {
	text := strings.Join(c.args[1:], " ")
	if len(c.args) == 1 {
		input, err := io.ReadAll(c.stdin)
		if err != nil {
			return err
		}
		text = strings.TrimSuffix(string(input), "\n")
	}
	for i := 1; ; i++ {
		if err := w.write(c.args[0], text, w.append || i > 1); err != nil {
			return err
		}
		if w.every <= 0 || i == w.count {
			return nil
		}
		if err := pause(ctx, w.every); err != nil {
			return err
		}
	}
}

// write opens the file for each line, so that a file which was moved away is made anew.
func (w *writer) write(name, text string, add bool) error {
	mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if add {
		mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(name, mode, 0o666)
	if err != nil {
		return err
	}
	if w.timestamp {
		text = time.Now().UTC().Format(time.RFC3339) + " " + text
	}
	if _, err := fmt.Fprintln(f, text); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
