package main

import (
	"context"
	"fmt"
	"io/fs"
)

func netnsCommand() command {
	return command{
		name: "netns", short: "prints which network namespace it is in",
		long: "Two containers that print the same number share addresses, routes and ports.",
		flags: plain(func(_ context.Context, c *call) error {
			link, err := fs.ReadLink(c.files, "proc/self/ns/net")
			if err != nil {
				return fmt.Errorf("read network namespace: %w", err)
			}
			_, err = fmt.Fprintln(c.stdout, link)
			return err
		}),
	}
}
