/** What the training queries are made with: names of languages, ways to ask, and queries written by hand. None is in the test. */
export const LANGUAGES =
  words(`python python python python3 javascript javascript java java go golang rust c c++ cpp c# csharp ruby php
  typescript kotlin swift scala haskell perl lua r bash shell sql postgres mysql sqlite node nodejs react vue angular django
  flask rails spring pandas numpy css html regex git docker julia elixir erlang clojure powershell`)

export const ERRORS = lines(`
TypeError:
ValueError:
RuntimeError:
Error:
error:
fatal error:
java.lang.IllegalArgumentException:
Exception in thread "main"
panic:
Uncaught Error:
warning:
FATAL:
`)

export const PLAIN_QUESTIONS = lines(`
what is a
what is the meaning of
how does
how to make
how to use a
where can I find
who invented the
when was the first
why do people
why is
history of
best
types of
how many
how much does a
what are the effects of
what are the causes of
is it safe to
difference between a rabbit and
what happens to
which
where is the
how do I
how to
do we have
list of
cost of
`)

export const QUESTIONS_ABOUT_CODE = lines(`
how to sort an array of objects by a property
what is a pointer and how do I use it
difference between == and === operators
what is polymorphism
what is a promise and when is it resolved
how do I exit a loop early
how to iterate over a dictionary
what is the difference between a process and a thread
why is my variable undefined inside the callback
when to use a tuple instead of a list
how does inheritance work with multiple base classes
what does the final keyword mean
explain list comprehensions
how to write a regular expression for phone numbers
how to create an index on two columns
sql query that counts rows per group
select the latest row for each user in sql
how to revert a merge commit
how do I squash commits
git branch naming and how to delete a remote branch
which file defines the routes
where is the authentication middleware
where do we open the database connection
function that parses the date
code that sends the email notification
class that implements the cache
method which computes the checksum
where is the error handling for failed uploads
how are the tests for the parser organised
what calls the scheduler
which component renders the sidebar
how is the queue drained on shutdown
implementation of a priority queue
implement depth first search
dijkstra shortest path implementation
least recently used cache with a hash map and a linked list
how do I debug a segmentation fault
why does the compiler complain about a missing return
how to handle exceptions
how to define a macro
how to use pattern matching
what is a trait object
what is the lifetime of a reference
what is a monad
why is quicksort faster than bubble sort
is it possible to overload functions
how can I make my program run faster
how do I profile a script
how do I find out what version of the module is installed
how do I install a package from a requirements file
how to publish a library to the package registry
how do I read command line options
how do I redirect stdout to a file
how can I write a daemon
how can I call a function by its name
how do I create a static variable
what is variable scoping
how do I pass a callback
how do I copy a data structure
how do I print a structure
how do I compare two arrays
how do I test whether an array contains an element
how do I match text across several lines
how do I count lines in a file
how do I delete the last line of a file
how do I get the file's modification time
how do I trim whitespace from a string
how to check whether a string is empty
how to convert bytes to a string
how to concatenate lists
how to get the last element of a list
how to make an http request
how to set a timeout on a request
how do I decode base64
how do I fetch a web page
how do I submit a form from a script
how to render a template
add an event listener to a button
how to disable a button with css
make a grid layout responsive
what is the box model
how to store state in a component
how to pass props to a child component
webpack config for several entry points
cron expression for every five minutes
dockerfile for a small service
yaml file for a deployment with two replicas
makefile rule with a wildcard
shell script that backs up a directory
loop in a shell script
environment variables in a script
parse arguments in a shell script
plot a histogram with a library
read an excel file into a data frame
drop rows with missing values
matrix multiplication with arrays
train a neural network in a few lines
unit test with a fake clock
mock a database in tests
assert that an exception is thrown
measure code coverage
lint rule for unused variables
type annotation for a function that returns nothing
optional fields of an interface
union types and how to narrow them
enum with string values
immutable objects and how to copy them
lock free queue with atomics
deadlock between two threads
async iterator over a stream
wait for several tasks to finish
cancel a running request
retry a failed call with back off
validate a json document against a schema
write rows to a csv file
insert many rows in one statement
migrate a table without downtime
connection string for the database
orm query with a filter
serialise an object
write a plugin for the editor
embed an interpreter in an application
wie liest man eine datei zeilenweise
wie schreibe ich eine schleife
comment trier un tableau
cómo ordenar una lista
`)

function lines(text: string): readonly string[] {
  return text.trim().split('\n')
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
