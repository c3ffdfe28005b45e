// The arguments of a kernel are a sequence of pairs, (IN, x) (OUT, y) (INT, count): OpenCL C 1.2 has no macros with any
// number of arguments, and compilers that keep to it refuse them. Shared by the OpenCL dialect (kernel.cl) and its native
// twin.
//
// What is to become of each pair is a macro for each kind, and three that walk along the sequence up to (END, END):
//
//   #define SHOW_IN(name) ...
//   #define SHOW_FIRST(kind, name) SHOW_##kind(name) SHOW_EVEN
//   #define SHOW_EVEN(kind, name) MORE_##kind(COMMA_, SHOW_##kind(name), SHOW_ODD)
//   #define SHOW_ODD(kind, name) MORE_##kind(COMMA_, SHOW_##kind(name), SHOW_EVEN)
//
// so that SHOW_FIRST arguments (END, END) has them with commas between. Two take turns because no macro is expanded within
// itself.
#define COMMA_() ,
#define SEMICOLON_() ;

// A separator and what became of a pair before the next one is looked at.
#define MORE_(separator, shown, next) separator() shown next
#define MORE_IN MORE_
#define MORE_OUT MORE_
#define MORE_MAPS_IN MORE_
#define MORE_MAPS_OUT MORE_
#define MORE_LABELS MORE_
#define MORE_LOCAL MORE_
#define MORE_INT MORE_
#define MORE_FLOAT MORE_
#define MORE_END(separator, shown, next)
