using System.Globalization;
using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Tests.Configuration.Importing;

public sealed class TomlReaderTests
{
    /// <summary>TOML on the left; on the right every value by its path, as <see cref="TomlValue.ToString"/> shows it.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("# only a comment", "")]
    [InlineData("a = 1 # comment\r\nb=2\r\n", "a=1 b=2")]
    [InlineData("\"quoted key\" = 1\n'x.y' = 2\n\"\" = 3\n", "quoted key=1 x.y=2 =3")]
    [InlineData("a.b.c = 1\na . b . d = 2\na.\"e\" = 3", "a.b.c=1 a.b.d=2 a.e=3")]
    [InlineData("1234 = \"digits\"\n-_ = true", "1234=\"digits\" -_=true")]
    [InlineData("a = +99\nb = -17\nc = 1_000\nd = 0\ne = 0xDEAD_beef\nf = 0o755\ng = 0b1101\nh = -9223372036854775808\ni = 9223372036854775807", "a=99 b=-17 c=1000 d=0 e=3735928559 f=493 g=13 h=-9223372036854775808 i=9223372036854775807")]
    [InlineData("a = 1.5\nb = -0.01\nc = 5e+22\nd = 1_0.0_1\ne = 6.626e-34\nf = -0", "a=1.5 b=-0.01 c=5E+22 d=10.01 e=6.626E-34 f=0")]
    [InlineData("a = true\nb = false", "a=true b=false")]
    [InlineData(@"a = ""\b\t\n\f\r\""\\\u00e9\U0001F600""", "a=\"\b\t\\n\f\\r\\\"\\\\é😀\"")]
    [InlineData(@"a = 'C:\x\y""'", @"a=""C:\\x\\y\""""")]
    [InlineData("a = \"\"\"\r\none\ntwo \\  \n   \n  three \"\"quoted\"\" \"\"\"\"\"", "a=\"one\\ntwo three \\\"\\\"quoted\\\"\\\" \\\"\\\"\"")]
    [InlineData("a = '''\nraw \\n '' text''''", @"a=""raw \\n '' text'""")]
    [InlineData("a = []\nb = [1, 2,]\nc = [ # comment\n  \"x\", # another\n\n  'y'\n]", "a=[] b=[1, 2] c=[\"x\", \"y\"]")]
    [InlineData("a = [[1, 2], [\"x\", [true]]]", "a=[[1, 2], [\"x\", [true]]]")]
    [InlineData("a = {}\nb = { x = 1, y.z = \"2\", w = { v = [3] } }", "b.x=1 b.y.z=\"2\" b.w.v=[3]")]
    [InlineData("x = 0\n[a]\ny = 1\n[a.b]\nz = 2\n[ c . \"d\" ]\nw = 3\n[c]\nv = 4", "x=0 a.y=1 a.b.z=2 c.d.w=3 c.v=4")]
    [InlineData("[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3", "a.0.x=1 a.1.x=2 a.1.b.y=3")]
    [InlineData("[[a.b]]\nx = 1\n[[a.b.c]]\ny = 2\n[[a.b.c]]\n[[a.b]]", "a.b.0.x=1 a.b.0.c.0.y=2")]
    [InlineData("[a]\nb.c = 1\n[a.d]\ne = 2", "a.b.c=1 a.d.e=2")]
    [InlineData("\uFEFFa = 1", "a=1")]
    public void Read_WholeGrammar_GivesTheValues(string toml, string expected) => Assert.Equal(expected, string.Join(' ', Flatten(TomlReader.Read(toml), "")));

    [Theory]
    [InlineData("a = inf", double.PositiveInfinity)]
    [InlineData("a = -inf", double.NegativeInfinity)]
    [InlineData("a = +nan", double.NaN)]
    public void Read_SpecialFloats_AreFloats(string toml, double expected)
    {
        Assert.True(TomlReader.Read(toml).TryGet("a", out TomlValue? value));

        Assert.Equal(expected, value.AsNumber());
    }

    [Theory]
    [InlineData("a", 1, 2, "found the end of the file after the key \"a\", expected '='")]
    [InlineData("a b = 1", 1, 3, "found 'b' after the key \"a\", expected '='")]
    [InlineData("\n\n  = 1", 3, 3, "found '=', expected a key")]
    [InlineData("a. = 1", 1, 4, "found '=', expected a key")]
    [InlineData("a =", 1, 4, "found the end of the file, expected a value")]
    [InlineData("a = # 1", 1, 5, "found '#', expected a value")]
    [InlineData("a = text", 1, 5, "found text, expected a value; a text needs quotes")]
    [InlineData("a = True", 1, 5, "found True, expected a value; a text needs quotes")]
    [InlineData("a = 1 2", 1, 7, "found '2', expected the end of the line")]
    [InlineData("a = 1\nb = 2 c = 3", 2, 7, "found 'c', expected the end of the line")]
    [InlineData("a = 1\na = 2", 2, 1, "the key \"a\" is given a second time")]
    [InlineData("a.b = 1\na.b = 2", 2, 3, "the key \"b\" is given a second time")]
    [InlineData("a = 1\na.b = 2", 2, 1, "\"a\" has a value already")]
    [InlineData("a = {}\na.b = 2", 2, 1, "\"a\" has a value already")]
    [InlineData("[a]\n[a]", 2, 2, "the table \"a\" is given a second time")]
    [InlineData("[a]\nb.c = 1\n[a.b]", 3, 4, "the table \"b\" is given a second time")]
    [InlineData("[a.b]\n[a]\nb.c = 1", 3, 1, "\"b\" has a value already")]
    [InlineData("a = {}\n[a]", 2, 2, "the table \"a\" is given a second time")]
    [InlineData("a = {}\n[a.b]", 2, 2, "\"a\" has a value already and is not a table")]
    [InlineData("a = [1]\n[[a]]", 2, 3, "\"a\" has a value already and is not an array of tables")]
    [InlineData("a = [{}]\n[a.b]", 2, 2, "\"a\" has a value already and is not a table")]
    [InlineData("[[a]]\n[a]", 2, 2, "the table \"a\" is given a second time")]
    [InlineData("[a", 1, 3, "found the end of the file in a table's name, expected ]")]
    [InlineData("[[a]", 1, 4, "found ']' in a table's name, expected ]]")]
    [InlineData("[]", 1, 2, "found ']', expected a key")]
    [InlineData("[a] b = 1", 1, 5, "found 'b', expected the end of the line")]
    [InlineData("a = \"open\nb = 1", 1, 5, "the string that begins here is not closed on its line with \"")]
    [InlineData("a = 'open", 1, 5, "the string that begins here is not closed on its line with '")]
    [InlineData("a = \"\"\"open\n\n", 1, 8, "the string that begins here is not closed with \"\"\"")]
    [InlineData("a = \"\\q\"", 1, 7, "found 'q' after a backslash")]
    [InlineData("a = \"\\u00g0\"", 1, 7, "found no Unicode character of 4 hexadecimal digits")]
    [InlineData("a = \"\\ud800\"", 1, 7, "found no Unicode character of 4 hexadecimal digits")]
    [InlineData("a = \"\\UFFFFFFFF\"", 1, 7, "found no Unicode character of 8 hexadecimal digits")]
    [InlineData("a = \"\u0001\"", 1, 6, "found the control character 1 in a string")]
    [InlineData("# \u0001", 1, 3, "found the control character 1 in a comment")]
    [InlineData("a = 1\rb = 2", 1, 6, "found the control character 13, expected the end of the line")]
    [InlineData("a = [1 2]", 1, 8, "found '2' in an array, expected ',' or ']'")]
    [InlineData("a = [1,\n2", 1, 5, "the array that begins here is not closed with ]")]
    [InlineData("a = [,]", 1, 6, "found ',', expected a value")]
    [InlineData("a = { x = 1,\n y = 2 }", 1, 13, "found the end of the line, expected a key")]
    [InlineData("a = { x = 1 y = 2 }", 1, 13, "found 'y' in a table, expected ',' or '}'")]
    [InlineData("a = { x = 1, x = 2 }", 1, 14, "the key \"x\" is given a second time")]
    [InlineData("a = 012", 1, 5, "found 012, expected a value")]
    [InlineData("a = 1__0", 1, 5, "found 1__0, expected a value")]
    [InlineData("a = 1.", 1, 5, "found 1., expected a value")]
    [InlineData("a = .5", 1, 5, "found .5, expected a value")]
    [InlineData("a = 0x", 1, 5, "found 0x, expected a value")]
    [InlineData("a = 9223372036854775808", 1, 5, "found 9223372036854775808, expected an integer of at most 64 bits")]
    [InlineData("a = 0xFFFFFFFFFFFFFFFF", 1, 5, "found 0xFFFFFFFFFFFFFFFF, expected an integer of at most 64 bits")]
    [InlineData("a = 1979-05-27T07:32:00Z", 1, 5, "found the date or time 1979-05-27T07:32:00Z")]
    [InlineData("a = 07:32:00", 1, 5, "found the date or time 07:32:00")]
    [InlineData("\"\"\"a\"\"\" = 1", 1, 3, "found '\"' after the key \"\", expected '='")]
    public void Read_Malformed_SaysWhereAndWhat(string toml, int line, int column, string problem)
    {
        var exception = Assert.Throws<TomlException>(() => TomlReader.Read(toml));

        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}: {problem}"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeepNesting_IsRefusedInsteadOfOverflowingTheStack()
    {
        var exception = Assert.Throws<TomlException>(() => TomlReader.Read("a = " + new string('[', 100_000)));

        Assert.Contains("found more than 64 values within each other", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Every cut of a valid file is read or refused; nothing else comes out, and nothing runs for ever.</summary>
    [Fact]
    public void Read_EveryPrefixOfAFile_IsReadOrRefused()
    {
        string text = Samples.Pump;
        int refused = 0;
        for (int length = 0; length <= text.Length; length++)
        {
            try
            {
                TomlReader.Read(text[..length]);
            }
            catch (TomlException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, text.Length / 4, text.Length - 1);
    }

    private static IEnumerable<string> Flatten(TomlTable table, string prefix) => table.Entries.SelectMany(entry => Flatten(entry.Value, prefix + entry.Key));

    private static IEnumerable<string> Flatten(TomlValue value, string path) => value.Kind switch
    {
        TomlKind.Table => Flatten(value.AsTable(), path + "."),
        TomlKind.Array when value.AsArray() is { Count: > 0 } items && items.All(item => item.Kind == TomlKind.Table) => items.SelectMany((item, index) => Flatten(item, string.Create(CultureInfo.InvariantCulture, $"{path}.{index}"))),
        _ => [$"{path}={value}"],
    };
}
