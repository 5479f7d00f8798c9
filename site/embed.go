package site

import "embed"

//go:embed i18n templates static script style
var embedded embed.FS
