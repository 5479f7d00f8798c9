package isolation

// A Mode says what commands may do with what they are shown.
type Mode int

const (
	Read Mode = iota
	Write
)
