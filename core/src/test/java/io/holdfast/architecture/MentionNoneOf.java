package io.holdfast.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Public and protected members whose parameters, results and fields are of no forbidden type. */
final class MentionNoneOf extends ArchCondition<JavaClass> {
  private final DescribedPredicate<? super JavaClass> forbidden;

  MentionNoneOf(DescribedPredicate<? super JavaClass> forbidden) {
    super("mention no type that resides in %s in a public signature", forbidden.getDescription());
    this.forbidden = forbidden;
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    Stream<String> inherited =
        Stream.concat(type.getRawSuperclass().stream(), type.getRawInterfaces().stream())
            .filter(forbidden)
            .map(each -> "<" + type.getName() + "> is a " + each.getName());
    Stream<String> members =
        type.getMembers().stream()
            .filter(MentionNoneOf::isVisible)
            .flatMap(member ->
                mentioned(member).stream()
                    .filter(forbidden)
                    .map(each -> "<" + member.getFullName() + "> mentions " + each.getName()));
    Stream.concat(inherited, members)
        .forEach(message -> events.add(SimpleConditionEvent.violated(type, message)));
  }

  private static boolean isVisible(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static Set<JavaClass> mentioned(JavaMember member) {
    return switch (member) {
      case JavaCodeUnit code ->
          Stream.concat(
                  Stream.concat(code.getParameterTypes().stream(), Stream.of(code.getReturnType()))
                      .flatMap(each -> rawTypes(each).stream()),
                  code.getExceptionTypes().stream())
              .collect(Collectors.toSet());
      case JavaField field -> rawTypes(field.getType());
      default -> member.getAllInvolvedRawTypes();
    };
  }

  private static Set<JavaClass> rawTypes(JavaType type) {
    return type.getAllInvolvedRawTypes();
  }
}
