// Package cache keeps strings by key: what is dear to make and follows from its key alone.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// memoryLimit bounds what a cache keeps in memory, in bytes. Twice as much may
// be held for a moment.
const memoryLimit = 1 << 20

// A Cache keeps strings by key: the latest in memory, all of them as files in a folder, if there
// is one. Files are written whole and then renamed, so that processes may share the folder; a file
// that is damaged is as good as none. What cannot be written is kept in memory only.
type Cache struct {
	folder string

	mu       sync.Mutex
	young    map[string]string // takes new entries
	old      map[string]string // was young until that became full
	youngLen int
}

// New returns a cache over a folder, which is made when it is needed; empty for none.
func New(folder string) *Cache {
	return &Cache{folder: folder, young: map[string]string{}}
}

// Key names a list of strings.
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Get returns what is kept under a key.
func (c *Cache) Get(key string) (string, bool) {
	if value, ok := c.recall(key); ok {
		return value, true
	}
	if c.folder == "" {
		return "", false
	}
	data, err := os.ReadFile(c.file(key))
	if err != nil {
		return "", false
	}
	sum, value, ok := bytes.Cut(data, []byte("\n"))
	if !ok || string(sum) != checksum(value) {
		return "", false
	}
	text := string(value)
	c.remember(key, text)
	return text, true
}

// Put keeps a value under a key.
func (c *Cache) Put(key, value string) {
	c.remember(key, value)
	if c.folder != "" {
		_ = c.write(key, value) // what is not kept is made again
	}
}

func (c *Cache) recall(key string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if value, ok := c.young[key]; ok {
		return value, true
	}
	value, ok := c.old[key]
	return value, ok
}

func (c *Cache) remember(key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.youngLen > memoryLimit {
		c.old, c.young, c.youngLen = c.young, map[string]string{}, 0
	}
	c.young[key] = value
	c.youngLen += len(key) + len(value)
}

func (c *Cache) write(key, value string) error {
	name := c.file(key)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(checksum([]byte(value)) + "\n" + value)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// file is the file of a key. Folders of two letters keep listings short.
func (c *Cache) file(key string) string { return filepath.Join(c.folder, key[:2], key[2:]) }

// checksum tells a damaged file; keys say what is in it.
func checksum(value []byte) string {
	return strconv.FormatUint(uint64(crc32.Checksum(value, castagnoli)), 16)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
