// Package registry names every task and every expert that the programs know. It
// holds no logic: to add a task, write its package and add a line here.
package registry
