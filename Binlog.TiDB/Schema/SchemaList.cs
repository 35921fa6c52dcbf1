namespace Binlog.TiDB.Schema;

/// <summary>Lists of schema objects: absent means empty, and an element that is null is damage.</summary>
internal static class SchemaList
{
    public static IReadOnlyList<T> Checked<T>(IReadOnlyList<T>? value)
        where T : class
    {
        if (value is null)
        {
            return [];
        }

        for (var index = 0; index < value.Count; index++)
        {
            if (value[index] is null)
            {
                TiDBFormatException.Throw($"list of {typeof(T).Name}", 0, "elements that are not null", $"null at index {index}");
            }
        }

        return value;
    }
}
