package gateway

import (
	"os"
	"runtime/debug"
)

// gcPercent is how far a gateway's heap grows before garbage is collected, in percent of what is alive. A gateway allocates much and keeps little: at Go's 100
// a tenth of its time goes to collection, for some ten megabytes.
const gcPercent = 400

// RelaxCollector sets the whole process's collector as a gateway wants it, where GOGC sets nothing. It is for a program's main, before Run.
func RelaxCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
