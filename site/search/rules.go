package search

import (
	_ "embed"
	"strings"

	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/site/cache"
)

//go:embed rules.yaml
var rulesYAML []byte

// Rules say how texts are taken apart. They may be used by several goroutines.
type Rules struct {
	data  rulesData
	stop  map[string]bool
	cache *cache.Cache // of lines
	key   string       // names the rules
}

// rulesData is rules.yaml; the browser gets it as JSON.
type rulesData struct {
	Stop      string             `yaml:"stop" json:"stop"`
	Questions []string           `yaml:"questions" json:"questions"`
	Stem      [][]ending         `yaml:"stem" json:"stem"`
	Kinds     map[string]float64 `yaml:"kinds" json:"kinds"`
	Aliases   [][]string         `yaml:"aliases" json:"aliases"`
}

// An ending of a word, and what it becomes when at least so many letters stand before it.
type ending struct {
	End   string `yaml:"end" json:"end"`
	To    string `yaml:"to" json:"to"`
	Least int    `yaml:"least" json:"least"`
}

// NewRules reads rules.yaml. The cache keeps the lines of pages.
func NewRules(kept *cache.Cache) (*Rules, error) {
	r := &Rules{stop: map[string]bool{}, cache: kept, key: cache.Key(lineVersion, string(rulesYAML))}
	if err := frontmatter.New("site/search/rules.yaml", rulesYAML, 0, 0).Decode(&r.data); err != nil {
		return nil, err
	}
	for _, word := range strings.Fields(r.data.Stop) {
		r.stop[word] = true
	}
	return r, nil
}
