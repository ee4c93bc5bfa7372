/** Training queries about the world, written by hand: most have a word that means something else in programs. None is in the test. */
export const AMBIGUOUS_TEXT: readonly string[] = `
python bites in the everglades
how long do pythons live
burmese python invasive species in florida
monty python and the holy grail
java sea fishing boats
a cup of java in the morning
volcanoes on java and bali
swift flight of the swallow
taylor swift concert tickets
jonathan swift and his satire
ruby necklace for an anniversary
ruby mining in myanmar
remove rust from a car door
rust belt cities of america
rust on wheat leaves
perl and pearl jewellery prices
where to go on vacation with children
let it go and move on
go is an ancient board game from china
vitamin c deficiency and scurvy
c major scale on the piano
shell of a tortoise
shell companies and tax havens
string theory in physics
a string of pearls
guitar string replacement
middle class families in the suburbs
business class flights to asia
yoga class for beginners
first class postage stamps
function of the kidney
function of the heart valves
the function of art in society
wedding function venues near me
class struggle and the workers
school class size and learning
family tree of queen victoria
christmas tree decoration
planting a tree in the garden
public library fines
library card for students
library of congress catalogue
object of desire
art objects from ancient egypt
scientific method and hypothesis
contraceptive methods compared
loop in a knitting pattern
sewing pattern for a dress
weather pattern over the atlantic
behaviour patterns of teenagers
variable interest rate on a mortgage
constant headache and fever
array of colours in the sunset
cash flow in small companies
pointer dogs for hunting
memory of childhood
memory foam mattress
short term memory of goldfish
bug spray for mosquitoes
stomach bug symptoms
bed bug treatment
patch of ice on the road
nicotine patch to stop smoking
bank branch opening hours
olive branch as a symbol of peace
committing to a long relationship
fork in the road
fork lift licence
dock workers and docker unions
shipping container homes
food container with a lid
import duty on cars
import and export of wine
port city in portugal
house key copy
florida keys holiday
hash of potatoes and beef
cookies with chocolate and nuts
fortune cookie origin
spring cleaning tips
spring break in mexico
hot spring in iceland
chemical reaction of acids
nuclear reactor safety
angular cheekbones
express delivery by post
rail strike in france
railway history of india
lymph node swelling
kernel of truth
popcorn kernel stuck in throat
tooth root canal pain
square root of two in mathematics
root causes of poverty
master of arts degree
slave revolt in haiti
tennis serve technique
server tips in restaurants
client meeting notes
movie script writing
doctor's handwriting script
exception in the contract
thread for sewing machines
thread of the story
interface of two fluids
stack of pancakes
haystack and needle
queue for tickets
dictionary of slang
shopping list for the weekend
guest list for a wedding
list of presidents
map of ancient greece
treasure map for kids
water filter replacement
air filter for allergies
pipe smoking and cancer
water pipe burst in winter
stream in the forest
upstream oil companies
batch of cookies
test results from the doctor
driving test questions
pregnancy test accuracy
unit of the army
unit of measurement for pressure
query about my invoice
dinner table with six chairs
table tennis rules
index finger pain
stock index funds
panda cubs at the zoo
apache helicopters
native american apache chiefs
ponzi scheme victims
colour scheme for the kitchen
basic income experiment
blaise pascal and probability
crystal healing claims
crystal palace football club
darts and pool in the pub
opera at la scala
return policy of the shop
return flight to london
tax return deadline
print a photograph at home
how to read faster
write a letter to a friend
how to write a poem
delete a bad memory
sort laundry by colour
how to sort recyclables
call my mother tomorrow
how to parse what he said
define happiness
open a bank account
how to open a jar
close the window at night
connect with old friends
build a wooden shed
how to build a fire
run a marathon under four hours
how to run faster
execute a prisoner
token of appreciation
bus token prices
parsing a sentence in grammar lessons
password of the hotel wifi
how to validate a parking ticket
convert miles to kilometres
convert to judaism
compare prices of flights
split the bill at a restaurant
how to split firewood
join a gym
joint pain in winter
merge onto the motorway
how to handle stress
event planning checklist
how to create a budget
change a flat tyre
how to change a light bulb
remove a stain from a carpet
get rid of ants
set the table for dinner
how to set up a tent
count the calories in rice
find a good dentist
check in at the hotel
update on the merger talks
add sugar to taste
load bearing walls
charge of an electron
binary stars in astronomy
a recursive acronym in a novel
regular exercise and health
regular expressions of gratitude
static electricity on clothes
abstract art painters
private schools in england
public transport in vienna
protected species of birds
virtual reality headsets for therapy
generic drugs versus brand names
decision to move the office to berlin
notes of the weekly team meeting
agreed to postpone the launch until june
the client prefers invoices at the end of the month
prefers tea over coffee
birthday of my sister
project deadline moved to friday
budget plan for next year
employee handbook on sick leave
refund policy for damaged goods
is a tomato a fruit
`
  .trim()
  .split('\n')
