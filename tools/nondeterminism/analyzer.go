package nondeterminism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reports each construct that may differ between nodes.
var Analyzer = &analysis.Analyzer{
	Name: "nondeterminism",
	Doc:  "report what two nodes may compute differently: floats, clock, random numbers, goroutines, map order, select, addresses",
	Run:  run,
}

// imports that have no place in the state machine at all.
var forbiddenImports = map[string]string{
	"math/rand":    "random numbers differ between nodes: derive them from the block",
	"math/rand/v2": "random numbers differ between nodes: derive them from the block",
	"crypto/rand":  "random numbers differ between nodes: derive them from the block",
	"hash/maphash": "its seed differs between processes: use a cryptographic hash",
	"unsafe":       "memory layout differs between nodes: use encoding/binary",
}

// calls by package and name, as types.Func.FullName writes them.
var forbiddenCalls = map[string]string{
	"time.Now":       clock,
	"time.Since":     clock,
	"time.Until":     clock,
	"time.Sleep":     clock,
	"time.After":     clock,
	"time.AfterFunc": clock,
	"time.Tick":      clock,
	"time.NewTicker": clock,
	"time.NewTimer":  clock,

	"(reflect.Value).MapKeys":  mapOrder,
	"(reflect.Value).MapRange": mapOrder,
	"(*sync.Map).Range":        mapOrder,
}

const (
	clock    = "the clock differs between nodes: use the block's time"
	mapOrder = "the order of a map differs between runs: sort the keys"
	mapRange = "range over a map: its order differs between runs; sort the keys, or say why it does not matter in //agon:sorted REASON on the line above"
)

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		if skipped(pass.Fset.Position(file.Package).Filename) || ast.IsGenerated(file) {
			continue
		}
		c := checker{pass: pass, reported: map[int]bool{}}
		c.directives(file)
		c.imports(file)
		ast.Inspect(file, c.node)
		for _, d := range c.sorted {
			if !d.used {
				pass.Reportf(d.pos, "agon:sorted with no range over a map below it: remove it")
			}
		}
	}
	return nil, nil
}

func skipped(name string) bool {
	for _, suffix := range []string{"_test.go", ".pb.go", ".pb.gw.go"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

type directive struct {
	pos  token.Pos
	used bool
}

// checker looks at one file.
type checker struct {
	pass     *analysis.Pass
	sorted   map[int]*directive // by line
	reported map[int]bool       // lines with a float already reported: one finding a line says it
	inSorted map[*ast.CallExpr]bool
}

func (c *checker) line(pos token.Pos) int { return c.pass.Fset.Position(pos).Line }

func (c *checker) directives(file *ast.File) {
	c.sorted = map[int]*directive{}
	c.inSorted = map[*ast.CallExpr]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			reason, ok := strings.CutPrefix(comment.Text, "//agon:sorted")
			if !ok {
				continue
			}
			d := &directive{pos: comment.Pos()}
			if strings.TrimSpace(reason) == "" || reason[0] != ' ' {
				c.pass.Reportf(comment.Pos(), "agon:sorted without a reason: write //agon:sorted REASON")
				d.used = true
			}
			c.sorted[c.line(comment.Pos())] = d
		}
	}
}

func (c *checker) imports(file *ast.File) {
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if why, bad := forbiddenImports[path]; bad {
			c.pass.Reportf(spec.Pos(), "import of %s: %s", path, why)
		}
	}
}

func (c *checker) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		c.pass.Reportf(n.Pos(), "go statement: goroutines run in no fixed order")
	case *ast.SelectStmt:
		if len(n.Body.List) > 1 {
			c.pass.Reportf(n.Pos(), "select among %d cases: which is ready first differs between nodes", len(n.Body.List))
		}
	case *ast.RangeStmt:
		if isMap(c.pass.TypesInfo.TypeOf(n.X)) && !c.permitted(n.Pos()) {
			c.pass.Reportf(n.Pos(), "%s", mapRange)
		}
	case *ast.CallExpr:
		c.call(n)
	case *ast.BasicLit:
		if n.Kind == token.FLOAT || n.Kind == token.IMAG {
			c.float(n)
		}
	case *ast.Ident:
		c.use(n)
		c.typed(n)
	case *ast.SelectorExpr:
		c.typed(n)
	}
	return true
}

// permitted looks for a directive on the line, or the line above, and marks it as used.
func (c *checker) permitted(pos token.Pos) bool {
	line := c.line(pos)
	for _, l := range []int{line, line - 1} {
		if d := c.sorted[l]; d != nil {
			d.used = true
			return true
		}
	}
	return false
}

func (c *checker) call(n *ast.CallExpr) {
	fn := callee(c.pass.TypesInfo, n)
	if fn != nil && fn.Pkg() != nil {
		switch fn.Pkg().Path() {
		case "slices":
			// slices.Sorted and its kin take the order out of what they are given.
			if strings.HasPrefix(fn.Name(), "Sorted") && len(n.Args) > 0 {
				if arg, ok := ast.Unparen(n.Args[0]).(*ast.CallExpr); ok {
					c.inSorted[arg] = true
				}
			}
		case "maps", "golang.org/x/exp/maps":
			switch fn.Name() {
			case "Keys", "Values", "All":
				if !c.inSorted[n] && !c.permitted(n.Pos()) {
					c.pass.Reportf(n.Pos(), "maps.%s: its order differs between runs; wrap it in slices.Sorted", fn.Name())
				}
			}
		}
	}
	for _, arg := range n.Args {
		if lit, ok := ast.Unparen(arg).(*ast.BasicLit); ok && lit.Kind == token.STRING && printsPointer(lit.Value) {
			c.pass.Reportf(lit.Pos(), "%%p prints an address, which differs between runs")
		}
	}
	c.typed(n)
}

// use reports a forbidden function wherever it is named, called or passed on.
func (c *checker) use(n *ast.Ident) {
	obj := c.pass.TypesInfo.Uses[n]
	switch obj := obj.(type) {
	case *types.Func:
		if why, bad := forbiddenCalls[obj.FullName()]; bad {
			c.pass.Reportf(n.Pos(), "%s: %s", obj.FullName(), why)
		}
	case *types.TypeName:
		if isFloat(obj.Type()) {
			c.float(n)
		}
	}
}

// typed reports an expression whose value is a float, wherever it comes from.
func (c *checker) typed(n ast.Expr) {
	if tv, ok := c.pass.TypesInfo.Types[n]; ok && tv.IsValue() && isFloat(tv.Type) {
		c.float(n)
	}
}

func (c *checker) float(n ast.Expr) {
	if line := c.line(n.Pos()); !c.reported[line] {
		c.reported[line] = true
		c.pass.Reportf(n.Pos(), "floating point: rounding may differ between machines; use integers or fixed point")
	}
}

func isFloat(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0
}

// isMap is true for maps and for type parameters that may be one.
func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if param, ok := types.Unalias(t).(*types.TypeParam); ok {
		return mayBeMap(param.Constraint())
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

func mayBeMap(constraint types.Type) bool {
	switch u := constraint.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Interface:
		for i := range u.NumEmbeddeds() {
			switch e := u.EmbeddedType(i).(type) {
			case *types.Union:
				for j := range e.Len() {
					if mayBeMap(e.Term(j).Type()) {
						return true
					}
				}
			default:
				if mayBeMap(e) {
					return true
				}
			}
		}
	}
	return false
}

// callee is the function that a call names, or nil for a conversion or a function value.
func callee(info *types.Info, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) {
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	var name *ast.Ident
	switch f := fun.(type) {
	case *ast.Ident:
		name = f
	case *ast.SelectorExpr:
		name = f.Sel
	default:
		return nil
	}
	fn, _ := info.Uses[name].(*types.Func)
	return fn
}

// printsPointer reports whether a format holds the verb %p, with or without flags.
func printsPointer(format string) bool {
	for {
		_, rest, found := strings.Cut(format, "%")
		if !found {
			return false
		}
		rest = strings.TrimLeft(rest, "+-# 0123456789.[]*")
		if strings.HasPrefix(rest, "p") {
			return true
		}
		format = strings.TrimPrefix(rest, "%")
	}
}
