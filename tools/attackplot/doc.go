// Command attackplot draws what `agond epoch attack --output csv` prints, read from standard input, as an SVG on standard
// output: one panel for each variant, the cabal's share of the emission against its share of the stake, one line for each
// strategy. It is not a plotting library; it draws this one picture.
//
//	agond epoch attack --strategy self-dealing,sybil,copy,copy-padded,withhold,copy-without-asking --output csv |
//		go run ./tools/attackplot > docs/consensus-attack.svg
package main
