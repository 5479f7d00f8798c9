package labs

import "embed"

// FS holds the catalogue as it was when the program was built.
//
//go:embed all:catalog
var FS embed.FS
