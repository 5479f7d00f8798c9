package submission

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// Numbers of the format, which APPNOTE.TXT of PKWARE gives: general purpose bit 0, and the upper byte of "version made
// by".
const (
	zipEncrypted = 1 << 0
	madeOnUnix   = 3
	madeOnMac    = 19
)

// readZip reads a .zip that somebody made by hand.
func readZip(r io.ReaderAt, size int64) (*Submission, error) {
	if err := countEntries(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	in, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("it is no .zip that can be read: %w", err)
	}
	if err := apart(in.File); err != nil {
		return nil, err
	}
	c := newCollection(func() int64 { return size })
	for _, f := range in.File {
		if err := zipEntry(c, f); err != nil {
			return nil, err
		}
	}
	return c.byHand()
}

// countEntries refuses a directory of so many entries that reading it would take the memory.
func countEntries(r io.Reader) error {
	signature := []byte("PK\x01\x02")
	buf := make([]byte, 1<<16)
	keep, n := 0, 0
	for {
		read, err := io.ReadFull(r, buf[keep:])
		chunk := buf[:keep+read]
		if n += bytes.Count(chunk, signature); n > 4*mostFiles { // stored files may hold some too
			return fmt.Errorf("it holds more than %d files", mostFiles)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		} else if err != nil {
			return err
		}
		keep = copy(buf, chunk[len(chunk)-len(signature)+1:])
	}
}

// apart refuses archives in which the data of entries overlap, as those do that unpack to many times their size.
func apart(files []*zip.File) error {
	type span struct{ begin, end int64 }
	var spans []span
	for _, f := range files {
		begin, err := f.DataOffset()
		if err != nil {
			return fmt.Errorf("%.80q: %w", f.Name, err)
		}
		if f.CompressedSize64 > mostBytes {
			return fmt.Errorf("%.80q: its size is wrong", f.Name)
		}
		if f.CompressedSize64 > 0 {
			spans = append(spans, span{begin, begin + int64(f.CompressedSize64)})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	for i := 1; i < len(spans); i++ {
		if spans[i].begin < spans[i-1].end {
			return errors.New("its files overlap")
		}
	}
	return nil
}

func zipEntry(c *collection, f *zip.File) error {
	maker := f.CreatorVersion >> 8
	switch {
	case f.NonUTF8 && (!utf8.ValidString(f.Name) || maker != madeOnUnix && maker != madeOnMac):
		// programs on Unix write UTF-8 without saying so; others write what the machine is set to
		return fmt.Errorf("the name %.80q cannot be that of a file in a workspace: %s", f.Name, notUTF8)
	case f.Flags&zipEncrypted != 0:
		return fmt.Errorf("%.80q is encrypted: make the archive without a password", f.Name)
	case f.UncompressedSize64 > mostBytes:
		return fmt.Errorf("it holds more than %d MB", mostBytes>>20)
	case strings.HasSuffix(f.Name, "/"):
		return c.folder(strings.TrimPrefix(strings.TrimSuffix(f.Name, "/"), "./"))
	}
	name, mode := strings.TrimPrefix(f.Name, "./"), f.Mode()
	if !mode.IsRegular() && mode.Type() != fs.ModeSymlink {
		return fmt.Errorf("%.80q is neither a file nor a link", f.Name)
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%.80q: %w", f.Name, err)
	}
	defer in.Close()
	if mode.IsRegular() {
		return c.file(name, mode&0o100 != 0, in)
	}
	target, err := io.ReadAll(io.LimitReader(in, longest+1))
	if err != nil {
		return fmt.Errorf("%.80q: %w", f.Name, err)
	}
	return c.link(name, string(target))
}
