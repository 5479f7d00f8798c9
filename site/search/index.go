package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"sync"
)

// perShard is how many files share a shard.
const perShard = 64

// Files say what an index is made of, and where its shards go. Names are slash-separated paths below
// the root of the site. The functions may be called by several goroutines at once.
type Files struct {
	Folder string   // of the language, such as en; the index lies in it
	Names  []string // all files, in the order in which they are made; those without pages too

	Stage func(name string, data []byte) error // takes a shard
	Keep  func(name string)                    // says that a shard of the last index stays as it is
	Read  func(name string) ([]byte, error)    // reads a shard of the last index
}

// A State is what an index leaves to the next one: which shard holds which files.
type State struct {
	shards []string
	of     map[string]int // shard by file
}

// An Index is being made. Each file must be added or kept once; then comes End. Add and Keep may be
// called by several goroutines at once.
type Index struct {
	rules *Rules
	files Files
	last  State

	mu    sync.Mutex
	parts []part
	at    map[string]int // place in files.Names
}

// A part is a shard that waits for its files.
type part struct {
	lines [][]byte // nil for a file that is kept
	kept  int
	open  int
	file  string // where it is, when it is done; empty without pages
}

// Begin begins an index. The last one of the same folder may be the zero State.
func (r *Rules) Begin(files Files, last State) *Index {
	x := &Index{rules: r, files: files, last: last, at: make(map[string]int, len(files.Names))}
	x.parts = make([]part, (len(files.Names)+perShard-1)/perShard)
	for i, name := range files.Names {
		x.at[name] = i
		x.parts[i/perShard].open++
	}
	return x
}

// Add takes the pages of a file that was made anew.
func (x *Index) Add(name string, pages ...Page) error {
	line := []byte{}
	if len(pages) > 0 {
		var err error
		if line, err = x.rules.line(path.Base(name), pages); err != nil {
			return err
		}
	}
	return x.put(name, line)
}

// Keep says that the pages of a file are those of the last index.
func (x *Index) Keep(name string) error { return x.put(name, nil) }

func (x *Index) put(name string, line []byte) error {
	x.mu.Lock()
	i := x.at[name]
	p := &x.parts[i/perShard]
	if p.lines == nil {
		p.lines = make([][]byte, min(perShard, len(x.files.Names)-i/perShard*perShard))
	}
	p.lines[i%perShard] = line
	if line == nil {
		p.kept++
	}
	p.open--
	done := p.open == 0
	x.mu.Unlock()
	if !done {
		return nil
	}
	err := x.finish(p, x.files.Names[i/perShard*perShard:][:len(p.lines)])
	p.lines = nil
	return err
}

// finish makes a shard, or keeps the old one if it holds the same.
func (x *Index) finish(p *part, names []string) error {
	if p.kept == len(names) {
		if n, ok := x.sameShard(names); ok {
			if p.file = x.last.shards[n]; p.file != "" {
				x.files.Keep(p.file)
			}
			return nil
		}
	}
	if err := x.fill(p, names); err != nil {
		return err
	}
	script := shard(p.lines)
	if script == nil {
		return nil
	}
	sum := sha256.Sum256(script)
	p.file = path.Join(x.files.Folder, "search", hex.EncodeToString(sum[:5])+".js")
	return x.files.Stage(p.file, script)
}

// sameShard finds the shard of the last index that held these files and no other.
func (x *Index) sameShard(names []string) (n int, ok bool) {
	n, ok = x.last.of[names[0]]
	if !ok {
		return 0, false
	}
	for _, name := range names {
		if other, ok := x.last.of[name]; !ok || other != n {
			return 0, false
		}
	}
	held := min(perShard, len(x.last.of)-n*perShard)
	return n, held == len(names)
}

// fill takes the lines of kept files from the shards that hold them.
func (x *Index) fill(p *part, names []string) error {
	old := map[int]map[string][]byte{}
	for i, name := range names {
		if p.lines[i] != nil {
			continue
		}
		n, ok := x.last.of[name]
		if !ok {
			return fmt.Errorf("index %s: it was kept, and the last index does not hold it", name)
		}
		if old[n] == nil {
			lines, err := x.readShard(x.last.shards[n])
			if err != nil {
				return err
			}
			old[n] = lines
		}
		p.lines[i] = old[n][path.Base(name)]
	}
	return nil
}

func (x *Index) readShard(file string) (map[string][]byte, error) {
	if file == "" {
		return map[string][]byte{}, nil
	}
	script, err := x.files.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read the last search index: %w: build the site again", err)
	}
	lines := map[string][]byte{}
	for line := range bytes.Lines(script) {
		line = bytes.TrimRight(line, ",\n")
		name, _, ok := bytes.Cut(bytes.TrimPrefix(line, []byte(`["`)), []byte(`"`))
		if ok && bytes.HasPrefix(line, []byte(`["`)) {
			lines[string(name)] = line
		}
	}
	return lines, nil
}

// shard is the script of some lines. Without any there is none.
func shard(lines [][]byte) []byte {
	size := 32
	for _, line := range lines {
		size += len(line) + 2
	}
	out := make([]byte, 0, size)
	for _, line := range lines {
		if len(line) == 0 {
			continue
		}
		if len(out) == 0 {
			out = append(out, "slipwaySearch([\n"...)
		} else {
			out = append(out, ",\n"...)
		}
		out = append(out, line...)
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, "\n]);\n"...)
}

// ManifestName is the file of the manifest, which pages name.
func ManifestName(folder string) string { return path.Join(folder, "search.js") }

// End stages the manifest. Its name is the same in every build, so that an edit does not change the
// pages that name it.
func (x *Index) End() (State, error) {
	state := State{of: make(map[string]int, len(x.files.Names))}
	shards := []string{}
	for n, p := range x.parts {
		if p.open > 0 {
			return State{}, fmt.Errorf("index %s: %d files are missing", x.files.Folder, p.open)
		}
		state.shards = append(state.shards, p.file)
		if p.file != "" {
			shards = append(shards, "search/"+path.Base(p.file))
		}
		for i := n * perShard; i < min((n+1)*perShard, len(x.files.Names)); i++ {
			state.of[x.files.Names[i]] = n
		}
	}
	data, err := json.Marshal(map[string]any{"rules": x.rules.data, "shards": shards})
	if err != nil {
		return State{}, err
	}
	return state, x.files.Stage(ManifestName(x.files.Folder), append(append([]byte("slipwaySearch("), data...), ");\n"...))
}
