package chain

var generated = 0.5
