// Command agonvet runs the analyzer of nondeterminism on packages: agonvet ./x/... ./app/...
package main

import (
	"golang.org/x/tools/go/analysis/singlechecker"

	"github.com/agon-chain/agon/tools/nondeterminism"
)

func main() { singlechecker.Main(nondeterminism.Analyzer) }
