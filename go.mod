module github.com/slipway-workshop/slipway

go 1.26.0

require (
	github.com/goccy/go-yaml v1.19.2
	github.com/mattn/go-runewidth v0.0.31
	github.com/yuin/goldmark v1.8.7
	golang.org/x/tools v0.52.0
)

require github.com/clipperhouse/uax29/v2 v2.2.0 // indirect
