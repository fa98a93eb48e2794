// Package provision creates the topics of an application and checks that they are as its tasks need them. Who writes and reads them is
// left to others.
package provision
