package explain

import "fmt"

// Options is what the text needs beside the explanation. The zero value is
// ready.
type Options struct {
	// Names are the hotkeys by uid, in which a name may be empty; nil leaves them
	// out.
	Names []string
	// Paid is what the epoch paid by uid, in base units; nil leaves it out.
	// Decimals is how many digits of it are behind the point, Unit the token.
	Paid     []uint64
	Decimals int
	Unit     string
	// AllRows shows all rows of a table, not only the first MaxRows.
	AllRows bool
}

// MaxRows is how many rows a table has, unless Options.AllRows.
const MaxRows = 20

// name is how a sentence calls a uid.
func (o *Options) name(uid int) string {
	if hotkey := o.hotkey(uid); hotkey != "" {
		return fmt.Sprintf("uid %d (%s)", uid, hotkey)
	}
	return fmt.Sprintf("uid %d", uid)
}

func (o *Options) hotkey(uid int) string {
	if uid < 0 || uid >= len(o.Names) {
		return ""
	}
	return o.Names[uid]
}

// rows is how many of n rows to show.
func (o *Options) rows(n int) int {
	if o.AllRows {
		return n
	}
	return min(n, MaxRows)
}
